"""REQUEST → RESPONSE: how is a source asked, and what exactly did it answer?"""
