"""From groups to findings: weigh what the data say, adjust for how much was asked, decide, and say why."""
