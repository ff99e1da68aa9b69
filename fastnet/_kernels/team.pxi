# Several threads at one block, without a lock and without waiting for anybody who does not get on.
#
# Tasks are claimed one by one from a ticket, (phase number, end of the tasks, next task) in one word, by compare-and-
# exchange; a phase is over when all its *tasks* are done, not when all threads have arrived, so that a helper which the
# system has put aside delays only the task it holds. There are two sides with a ticket each, for either half of the tasks:
# the caller and every other helper claim from the first, the rest from the second, ascending, as the hardware's prefetch
# does; who finds none left takes the other side's last one. So a task mostly goes to the thread that had it a mini-batch
# before and has its weights in its caches, and of two threads each has its ticket there too: a word that the other one has
# changed takes a hundred nanoseconds to come over. Tasks are independent of each other: which thread does one cannot change
# a bit.
#
# Nor does a call of `run` wait for helpers to begin. They sign up in a word that has the call's number and how many are
# there; the caller goes when it has closed the call and those have left. Who comes later finds it closed, or another one.

cdef enum:
    STRIPS = 0       # of a wide first layer: its entries sorted, unless that was done among the rows before,
    SUMS = 1         # and its sums, by panels and halves of the inputs
    SAMPLES = 2
    ROWS = 3
    PATIENCE = 2000  # looks at the ticket before a waiting thread lets others run; after ten times as many it sleeps


cdef struct RowTask:
    int layer
    Py_ssize_t start
    Py_ssize_t stop


cdef struct Side:
    uint64_t ticket      # phase number << 32 | end of its tasks << 16 | next one
    uint64_t done        # tasks of the phase that its threads have done
    uint64_t sorting     # whether one of them is at its part of the next block's entries (see ahead.pxi),
    uint64_t unsorted    # of which so many samples are left
    uint64_t apart[12]   # the lines of two sides are not neighbours


cdef struct Team:
    uint64_t apart[14]
    Side sides[2]
    uint64_t call        # number << 8 | helpers that are there; odd numbers: closed
    int phase
    int n_tasks


cdef void run_team(PyObject *trainer, Team *team, bint several) noexcept nogil:
    """Do all tasks of the phase that `team` describes, with whoever helps."""
    cdef int number, waited = 0
    cdef uint64_t phase_number, n = <uint64_t> team.n_tasks, half = (n + 1) // 2
    if not several:
        for number in range(team.n_tasks):
            (<Trainer> trainer)._task(team.phase, number, 0)
        return
    phase_number = (team.sides[0].ticket >> 32) + 1
    atomic_store(&team.sides[0].done, 0)
    atomic_store(&team.sides[1].done, 0)
    atomic_store(&team.sides[0].ticket, phase_number << 32 | half << 16)
    atomic_store(&team.sides[1].ticket, phase_number << 32 | n << 16 | half)
    let_sort(<Trainer> trainer, team.phase)
    while claim_task(trainer, team, 0):
        pass
    while atomic_load(&team.sides[0].done) + atomic_load(&team.sides[1].done) < n:
        if not sort_meanwhile(<Trainer> trainer, 0):
            waited += 1
            pause_thread(waited, PATIENCE)


cdef void open_call(Team *team) noexcept nogil:
    """For helpers to sign up; nobody is there."""
    team.sides[0].ticket = team.sides[1].ticket = 0
    atomic_store(&team.call, ((team.call >> 8 | 1) + 1) << 8)


cdef void close_call(Team *team) noexcept nogil:
    """Helpers leave, and no more come."""
    if not atomic_load(&team.call) >> 8 & 1:
        atomic_add(&team.call, 1 << 8)


cdef void wait_for_helpers(Team *team) noexcept nogil:
    """Until those that signed up have left."""
    cdef int waited = 0
    while atomic_load(&team.call) & 0xFF:
        waited += 1
        pause_thread(waited, PATIENCE)


cdef void help_team(PyObject *trainer, Team *team, uint64_t number) noexcept nogil:
    """A helper's work in the call of this number: tasks until it is closed. Its seat, which scratch it takes, is its place
    among those that signed up."""
    cdef int waited = 0, seat
    cdef uint64_t call = atomic_load(&team.call), seen
    while call >> 8 == number and not atomic_take(&team.call, call, call + 1):
        call = atomic_load(&team.call)
    if call >> 8 != number:
        return
    seat = <int> (call & 0xFF) + 1
    while atomic_load(&team.call) >> 8 == number:
        seen = atomic_load(&team.sides[seat & 1].ticket)
        if claim_task(trainer, team, seat):
            waited = 0
            continue
        while atomic_load(&team.sides[seat & 1].ticket) == seen and atomic_load(&team.call) >> 8 == number:
            if not sort_meanwhile(<Trainer> trainer, seat):
                waited += 1  # not a look at the other side's ticket meanwhile, which its threads want for themselves
                pause_thread(waited, PATIENCE)
    atomic_add(&team.call, <uint64_t> -1)


cdef bint claim_task(PyObject *trainer, Team *team, int seat) noexcept nogil:
    """Take a task of one's side, or the other's last one, and do it; False if there is none."""
    cdef int side = seat & 1, number = take_ticket(&team.sides[side], False)
    if number < 0:
        number = take_ticket(&team.sides[1 - side], True)
    if number < 0:
        return False
    (<Trainer> trainer)._task(team.phase, number, seat)
    atomic_add(&team.sides[side].done, 1)
    return True


cdef int take_ticket(Side *side, bint last) noexcept nogil:
    """The number of a side's next or last task, taken; -1 if there is none."""
    cdef uint64_t ticket = atomic_load(&side.ticket)
    cdef int number, end
    while True:
        number, end = <int> (ticket & 0xFFFF), <int> (ticket >> 16 & 0xFFFF)
        if number >= end:
            return -1
        if atomic_take(&side.ticket, ticket, ticket - (1 << 16) if last else ticket + 1):
            return end - 1 if last else number
        ticket = atomic_load(&side.ticket)
