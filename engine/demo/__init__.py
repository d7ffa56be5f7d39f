"""What do live systems look like, with their manners, when no live system is at hand?"""
