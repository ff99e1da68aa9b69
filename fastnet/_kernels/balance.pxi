# Whether several threads are worth it, found out while they work.
#
# Beside a busy neighbour they are slower than one, and a helper is in the way even while it only waits: then it is sent
# home, and asked again some calls of `run` later, the later the more often it was of no use. A slice of time says little on
# a shared machine; each way is judged by some of them, the long ones counting as what they are.

cdef extern from *:
    """
    #define SLICE_SECONDS 0.002  /* after which several threads are weighed against one, */
    #define WORTH 1.05           /* and have to be so much quicker; */
    #define WORTH_AGAIN 1.2      /* where they have not been of late, so much: a quick moment is soon over */
    """
    const double SLICE_SECONDS
    const double WORTH
    const double WORTH_AGAIN

cdef enum:
    TRIAL = 16          # slices together that say something: beside a neighbour it is some quick ones, then some slow ones;
    TRIAL_ALONE = 6     # so many are enough of one thread alone,
    BETWEEN = 200       # which is compared again after so many together;
    FIRST_BETWEEN = 2   # calls of `run` alone until helpers are asked again, the first time;
    MOST_BETWEEN = 32   # twice as many each time, at most these


cdef struct Pace:
    double samples
    double seconds


cdef struct Balance:
    bint several        # whether there may be helpers at all,
    bint helped         # are any at present,
    bint together       # and do their share: they only wait while one thread is tried
    Pace paces[2]       # of late, alone and together
    int tried           # slices in the present way
    int calls_left      # while there are no helpers, until they are asked again
    int calls_between


cdef Balance balance_of(bint several) noexcept nogil:
    cdef Balance balance
    memset(&balance, 0, sizeof(Balance))
    balance.several = balance.helped = balance.together = several
    balance.calls_between = FIRST_BETWEEN
    return balance


cdef void begin_call(Balance *balance) noexcept nogil:
    """Before a call of `run`: time for helpers again? If there are some, it goes on as the last call ended."""
    if not balance.several or balance.helped:
        return
    balance.calls_left -= 1
    if balance.calls_left < 0:
        balance.helped = balance.together = True
        balance.tried = 0


cdef void weigh(Balance *balance, double samples, double seconds) noexcept nogil:
    """After a slice of time: note how many samples the way it was done got through, and choose for the next one."""
    cdef Pace *pace = &balance.paces[balance.together]
    cdef double kept
    if balance.tried == 0:
        pace.samples = pace.seconds = 0
    balance.tried += 1
    kept = 1 - 1.0 / TRIAL if balance.tried > TRIAL else 1
    pace.samples = kept * pace.samples + samples
    pace.seconds = kept * pace.seconds + seconds
    if not balance.helped or balance.tried < (TRIAL if balance.together else TRIAL_ALONE):
        return
    if not balance.together:
        choose(balance)
    elif balance.paces[False].seconds == 0 or in_vain(balance) or balance.tried >= BETWEEN:
        balance.together = False  # for some slices, to compare
        balance.tried = 0


cdef bint in_vain(const Balance *balance) noexcept nogil:
    """Whether several threads have not been worth it."""
    cdef const Pace *alone = &balance.paces[False]
    cdef const Pace *together = &balance.paces[True]
    cdef double worth = WORTH if balance.calls_between == FIRST_BETWEEN else WORTH_AGAIN
    return together.samples * alone.seconds < worth * alone.samples * together.seconds


cdef void choose(Balance *balance) noexcept nogil:
    """Go on with the helpers, or without."""
    balance.tried = 0
    balance.helped = balance.together = not in_vain(balance)
    if balance.helped:
        balance.calls_between = max(balance.calls_between // 2, FIRST_BETWEEN)
    else:
        balance.calls_left = balance.calls_between
        balance.calls_between = min(2 * balance.calls_between, MOST_BETWEEN)
