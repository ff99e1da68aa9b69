# The next block's entries, sorted by strips beside this block's work. Where several threads go by strips they have a set of
# strips more, and either side of them (see team.pxi) sorts one part, before the seam of the sums or behind it: some samples
# at a time while it waits for the other side's sums and samples, and what is left then before its rows of weights.

cdef enum:
    AT_A_TIME = 16  # samples: a microsecond, for which a phase may begin late


cdef void foresee(Trainer t) noexcept nogil:
    """Before the sums of the block: which comes next, if several threads are to sort it. Of the one before nothing is left."""
    cdef Py_ssize_t first = t.position + t.block.m
    t.sorts_ahead = t.balance.together and first < t.length
    if t.sorts_ahead:
        t._place(&t.next_block, first, min(first + t.batch, t.length) if t.last_block else t.batch_end)
        t.sorted_at = first


cdef void let_sort(Trainer t, int phase) noexcept nogil:
    """When the tasks of the sums are out, and not before, as the side that waits for them would begin late."""
    cdef int part
    for part in range(2 if phase == SUMS and t.sorts_ahead else 0):
        atomic_store(&t.team.sides[part].unsorted, <uint64_t> t.next_block.m)


cdef bint sort_on(Trainer t, int part, Py_ssize_t some) noexcept nogil:
    """Sort the next samples of a part, so many; False if there are none, or another thread is at it."""
    cdef Side *side = &t.team.sides[part]
    cdef Py_ssize_t left, first, stop
    if atomic_load(&side.unsorted) == 0 or not atomic_take(&side.sorting, 0, 1):
        return False
    left = <Py_ssize_t> atomic_load(&side.unsorted)
    if left > 0:
        first = t.next_block.m - left
        stop = min(first + some, t.next_block.m)
        sort_part(t, &t.work.ahead, &t.next_block, first, stop, part)
        atomic_store(&side.unsorted, <uint64_t> (t.next_block.m - stop))
    atomic_store(&side.sorting, 0)
    return True


cdef void sort_rest(Trainer t, int part) noexcept nogil:
    """Sort what is left of a part; done when this returns."""
    cdef int waited = 0
    while atomic_load(&t.team.sides[part].unsorted) > 0:
        if not sort_on(t, part, t.next_block.m):
            waited += 1
            pause_thread(waited, PATIENCE)


cdef bint sort_meanwhile(Trainer t, int seat) noexcept nogil:
    """What a waiting thread can do of it. Only words can be sorted little by little."""
    return t.form is not None and sort_on(t, seat & 1, AT_A_TIME)


cdef void sort_part(Trainer t, const Strips *strips, const Block *block, Py_ssize_t first, Py_ssize_t stop,
                    int part) noexcept nogil:
    """A part of the entries of a block's samples from `first` to `stop`, by strips; without a StripForm they are all."""
    if t.form is not None:
        sort_words(strips, &t.form.words, block, t.length, first, stop, part)
    else:
        sort_strips(strips, &t.examples.source.sparse, block, t.length, part)
