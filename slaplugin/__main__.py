"""`python -m slaplugin` is `slaplugin`."""

from slaplugin.cli import main

main(prog_name="slaplugin")
