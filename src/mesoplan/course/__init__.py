"""The course: dates that avoid menstruation, events and closures, bans merged over all sessions, and the price."""
