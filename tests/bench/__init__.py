"""How fast is it, beside what a strong engineer writes by hand for one API?"""
