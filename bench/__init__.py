"""Ours and others in one run, as ratios; `python -m bench --help`. Peers live in an environment of their own."""
