"""Where targets run: the seam (`base`) and what stands behind it (`containers`, `images`, `counters`)."""
