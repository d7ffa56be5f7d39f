"""How do our pages become a site? What Sphinx is told, and what they need beside what they say."""
