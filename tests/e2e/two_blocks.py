"""The command `harness`, whose profiles have two blocks, the fewest for an estimate: for tests of what a block does."""

from dataclasses import replace

from harness import manifest
from harness.cli import main

PROFILES = {name: replace(profile, blocks=2, least_blocks=None) for name, profile in manifest.load_profiles().items()}
manifest.load_profiles = lambda: PROFILES

if __name__ == "__main__":
    main()
