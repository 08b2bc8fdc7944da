"""Verification of a target before load: a target with a wrong answer has no numbers.

It requests every part of targets/CONTRACT.md that the target claims to answer, and every part of its own contract. The
values are random, so that prepared answers do not pass. Under load, the generator verifies every answer by itself.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from harness.errors import TargetError
from harness.load.http1 import FramingError
from harness.measure.asking import address_of, ask
from harness.measure.contract import NO_CONTRACT, Question, oddities, questions, wrongness

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    from harness.load.http1 import Response
    from harness.model import Contract, Subject, Target

STANDARD_CONTRACT = (
    "Answer exactly as targets/CONTRACT.md says, or give the target a contract of its own: [contract] in target.toml."
)
OWN_CONTRACT = "Answer exactly as [contract] in target.toml says, or correct this contract."

CLOSES_UNSAID = "it closes the connection after each answer, and its target.toml does not say closes_connections = true"

_TIMEOUT_S = 30.0  # a busy machine answers slowly; only a target that hangs takes so long
_DATE_MOVES_WITHIN_S = 2.0  # a Date counts whole seconds, and a server may update it only once a second
_DATE_POLL_S = 0.05


def remedy_for(contract: Contract) -> str:
    """Return what to do about a wrong answer of a target with this contract of its own; it may be empty."""
    return OWN_CONTRACT if contract else STANDARD_CONTRACT


class Verifier:
    """Verifier of one instance: it checks all answers, and later that the Date moves."""

    def __init__(  # noqa: PLR0913 - what there is to verify
        self,
        subject: Subject,
        url: str,
        answers: Iterable[str],
        rng: random.Random,
        contract: Contract = NO_CONTRACT,
        *,
        closes: bool | None = None,
    ) -> None:
        """Prepare the questions to a subject.

        Args:
            subject: The subject that is verified.
            url: Where it listens.
            answers: The parts of targets/CONTRACT.md that it answers.
            rng: Draws the values of the requests.
            contract: Its own contract.
            closes: Whether target.toml says that it closes the connection after each answer; None if it does not say.
        """
        self._subject = subject
        self._host, self._port = address_of(url)
        self._questions = tuple(questions(answers, rng, contract))
        self._remedy = remedy_for(contract)
        self._closes = closes
        self._date: str | None = None
        self._verified_s = 0.0
        self._notes: dict[str, None] = dict.fromkeys(["it answers a contract of its own"] if contract else [])

    @classmethod
    def of(cls, subject: Subject, url: str, target: Target, rng: random.Random) -> Self:
        """Return the verifier of a variant of a target; `rng` draws the values of the requests."""
        closes = target.variant(subject.variant).closes_connections
        return cls(subject, url, target.answers, rng, target.contract, closes=closes)

    @property
    def notes(self) -> tuple[str, ...]:
        """How its right answers differ from targets/CONTRACT.md and target.toml."""
        return tuple(self._notes)

    def verify(self) -> None:
        """Check the answer to every question once.

        Raises:
            TargetError: An answer is wrong or missing. The error names the question and the fault.
        """
        closes = set()
        for question in self._questions:
            answer = self._ask(question)
            wrong = wrongness(question, answer)
            if wrong:
                raise self._error(question, wrong)
            closes.add(not answer.keep_alive)
            self._notes |= dict.fromkeys(oddities(answer))
            self._date = self._date or answer.header("date")
        if self._closes is False and closes == {True}:  # a target can also close without a word: then nothing is said
            self._notes[CLOSES_UNSAID] = None
        self._verified_s = time.monotonic()

    def verify_date_moved(self) -> None:
        """Check that the Date has changed since `verify`, waiting up to two seconds. A constant Date is a fixed answer.

        Raises:
            TargetError: The Date has not changed, or the answer is wrong.
        """
        question = self._questions[0]
        if self._date is None:
            return  # only an own contract allows answers without a Date
        while True:
            is_due = time.monotonic() >= self._verified_s + _DATE_MOVES_WITHIN_S
            answer = self._ask(question)
            wrong = wrongness(question, answer)
            if not wrong and answer.header("date") != self._date:
                return
            if wrong or is_due:
                raise self._error(question, wrong or f"the Date header still says {self._date}")
            time.sleep(_DATE_POLL_S)

    def _ask(self, question: Question) -> Response:
        # as the load, which keeps its connections: a target may answer the last request of a connection otherwise
        request = question.request(f"{self._host}:{self._port}", is_last=False)
        try:
            return ask(self._host, self._port, request, _TIMEOUT_S, question.longest_body_bytes)
        except FramingError as error:
            raise self._error(question, str(error)) from error
        except OSError as error:
            raise self._error(question, f"no answer: {str(error) or type(error).__name__}") from error

    def _error(self, question: Question, wrong: str) -> TargetError:
        return TargetError(
            "a target answers wrongly",
            where=f"{self._subject}, {question}",
            cause=wrong,
            remedy=self._remedy,
        )
