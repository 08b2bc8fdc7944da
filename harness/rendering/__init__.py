"""Documents that are fed from a stored run: marked blocks of Markdown and HTML, and the report's own page.

1. `markers` finds the marked blocks of a document: pure text.
2. `sources` reads the runs that they name.
3. `fillings` gives the text of each kind of block; its numbers are formatted by `harness.report`.
4. `fed` puts both together, and says where a document differs.
5. `carrying` packs a run for its page, and `own_page` renders a page again from the run that it carries.

This room never measures and writes nothing. docs/documents.md has the kinds of blocks for users.
"""
