"""How are responses, rows and progress kept, so that nothing is lost, doubled or taken back?"""
