"""Helpdesks that speak the real HTTP of their originals on loopback: for the demo, tests and load."""
