"""One running node: settings, driver, composition, and the door for faces."""
