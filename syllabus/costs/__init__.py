"""`syllabus cost`: what the stages took, what answers take, and the caps on both.

No stage imports it, and nothing that it reads or says is an output of DVC: seconds are never twice the same.
"""
