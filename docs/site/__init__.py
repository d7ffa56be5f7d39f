"""The documentation as a site: what Sphinx is told, and what our pages need to become one."""
