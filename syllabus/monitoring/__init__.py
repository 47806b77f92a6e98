"""A model in use is watched: new rows against what it was trained on, and against how well it did on test.

`reference` is what a package says of its training rows, in numbers; `batch` goes through new rows in a stream and
counts; `drift` tests each count against the reference; `performance` does the same with the metrics once labels are
there. `findings` says what is wrong and what to do, and `page` shows it.
"""
