"""The files that a wheel has besides the package: the man page and the SBOM."""
