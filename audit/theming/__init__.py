"""Themes: an organisation's name, logo, colours, sections and templates, from a folder, all checked at the door."""

from audit.theming.door import load

__all__ = ["load"]
