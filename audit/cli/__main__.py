"""python -m audit.cli is evenhand."""

from audit.cli import main

main()
