"""What does each generated page of the reference say?"""
