"""Every word that Evenhand says of an audit: of findings, of rules, of the whole, and of the methods."""
