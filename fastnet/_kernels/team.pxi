# Several threads at one block, without a lock and without waiting for anybody who does not get on.
#
# Tasks are claimed one by one from a ticket, (phase number, tasks, next task) in one word, by compare-and-exchange; a phase
# is over when all its *tasks* are done, not when all threads have arrived, so that a helper which the system has put aside
# delays only the task it holds. Tasks are independent of each other: which thread does one cannot change a bit.

cdef enum:
    STRIPS = 0       # of a wide first layer: its entries sorted,
    SUMS = 1         # and its sums, panel by panel
    SAMPLES = 2
    ROWS = 3
    PATIENCE = 2000  # looks at the ticket before a waiting thread lets others run; after ten times as many it sleeps


cdef struct RowTask:
    int layer
    Py_ssize_t start
    Py_ssize_t stop


cdef struct Team:
    uint64_t ticket      # phase number << 32 | tasks << 16 | next task
    uint64_t done        # tasks of the phase that are done
    uint64_t stop
    uint64_t next_seat   # which scratch the next helper takes
    int phase
    int n_tasks


cdef void run_team(PyObject *trainer, Team *team, bint several) noexcept nogil:
    """Do all tasks of the phase that `team` describes, with whoever helps."""
    cdef int number, waited = 0
    cdef uint64_t phase_number
    if not several:
        for number in range(team.n_tasks):
            (<Trainer> trainer)._task(team.phase, number, 0)
        return
    phase_number = (team.ticket >> 32) + 1
    atomic_store(&team.done, 0)
    atomic_store(&team.ticket, phase_number << 32 | <uint64_t> team.n_tasks << 16)
    while claim_task(trainer, team, 0):
        pass
    while atomic_load(&team.done) < <uint64_t> team.n_tasks:
        waited += 1
        pause_thread(waited, PATIENCE)


cdef void help_team(PyObject *trainer, Team *team, int seat) noexcept nogil:
    cdef int waited = 0
    while not atomic_load(&team.stop):
        if claim_task(trainer, team, seat):
            waited = 0
        else:
            waited += 1
            pause_thread(waited, PATIENCE)


cdef bint claim_task(PyObject *trainer, Team *team, int seat) noexcept nogil:
    """Take the next task and do it; False if there is none."""
    cdef uint64_t ticket = atomic_load(&team.ticket)
    cdef int number = <int> (ticket & 0xFFFF), n_tasks = <int> (ticket >> 16 & 0xFFFF)
    if number >= n_tasks:
        return False
    if not atomic_take(&team.ticket, ticket, ticket + 1):
        return True  # somebody was quicker; there may be more
    (<Trainer> trainer)._task(team.phase, number, seat)
    atomic_add(&team.done, 1)
    return True
