"""What does a file say, and where is it wrong? The language's kernel: it knows no component."""
