# Whether several threads are worth it, found out while they work.
#
# Beside a busy neighbour they are slower than one, and a helper is in the way even while it only waits: then it is sent
# home, and asked again some calls of `run` later, the later the more often it was of no use. On a shared machine a core's
# own pace changes by half within a second: so in a trial both ways take turns, some slices of time each, and the same
# moments fall on both. What came out holds for the next training of the same kind too, if it begins soon: short ones
# would be over before they had found out.

cdef extern from *:
    """
    #define SLICE_SECONDS 0.002  /* the least that a way is tried for; */
    #define WORTH 1.05           /* so much quicker several threads have to be than one; */
    #define DECISIVE 1.3         /* if they are so much quicker, half a trial is enough, */
    #define HOPELESS 0.9         /* or not even so quick */
    #define SOON_AGAIN 10.0      /* seconds for which the next training relies on what the last one found out */
    """
    const double SLICE_SECONDS
    const double WORTH
    const double DECISIVE
    const double HOPELESS
    const double SOON_AGAIN

cdef enum:
    TURN = 8            # slices of a trial after which it is the first way's turn again:
    TURN_TOGETHER = 5   # so many together, the others alone
    TRIAL = 4 * TURN    # slices of a trial; after EARLY ones it may be clear already, not sooner:
    EARLY = 2 * TURN    # beside a busy process a helper that has rested gets on well for a while;
    BETWEEN = 500       # slices together from one to the next;
    FIRST_BETWEEN = 2   # calls of `run` alone until helpers are asked again, the first time;
    MOST_BETWEEN = 32   # twice as many each time, at most these


cdef struct Pace:
    double samples
    double seconds


cdef struct Balance:
    bint several        # whether there may be helpers at all,
    bint helped         # are any at present,
    bint together       # and do their share: they only wait while one thread is tried
    bint on_trial
    Pace paces[2]       # in the trial: alone and together
    int slices          # of the trial, or since the last one
    int calls_left      # while there are no helpers, until they are asked again
    int calls_between
    uint64_t kind       # of training


cdef Balance last_balance  # as the last trial left it,
cdef double last_trial     # and when that was


cdef Balance balance_of(bint several, uint64_t kind, double now) noexcept nogil:
    cdef Balance balance
    if several and last_balance.kind == kind and now - last_trial < SOON_AGAIN:
        return last_balance
    memset(&balance, 0, sizeof(Balance))
    balance.kind = kind
    balance.several = balance.helped = several
    balance.calls_between = FIRST_BETWEEN
    begin_trial(&balance)
    return balance


cdef void begin_trial(Balance *balance) noexcept nogil:
    balance.together = balance.on_trial = balance.helped
    balance.slices = 0
    memset(balance.paces, 0, sizeof(balance.paces))


cdef void begin_call(Balance *balance) noexcept nogil:
    """Before a call of `run`: time for helpers again? If there are some, it goes on as the last call ended."""
    if not balance.several or balance.helped:
        return
    balance.calls_left -= 1
    if balance.calls_left < 0:
        balance.helped = True
        begin_trial(balance)


cdef void weigh(Balance *balance, double samples, double seconds, double now) noexcept nogil:
    """After a slice of time: note how many samples the way it was done got through, and choose for the next one."""
    global last_balance, last_trial
    cdef Pace *pace = &balance.paces[balance.together]
    if not balance.helped:
        return
    balance.slices += 1
    if not balance.on_trial:
        if balance.slices >= BETWEEN:
            begin_trial(balance)
        return
    pace.samples += samples
    pace.seconds += seconds
    balance.together = balance.slices % TURN < TURN_TOGETHER
    if balance.slices >= TRIAL or balance.slices == EARLY and (
            are_quicker(balance, DECISIVE) or not are_quicker(balance, HOPELESS)):
        end_trial(balance)
        last_balance, last_trial = balance[0], now


cdef bint are_quicker(const Balance *balance, double by) noexcept nogil:
    """Whether together the trial's samples were done so much quicker than alone."""
    cdef const Pace *alone = &balance.paces[False]
    cdef const Pace *together = &balance.paces[True]
    return together.samples * alone.seconds > by * alone.samples * together.seconds


cdef void end_trial(Balance *balance) noexcept nogil:
    """Go on with the helpers, or without."""
    balance.on_trial = False
    balance.slices = 0
    balance.helped = balance.together = are_quicker(balance, WORTH)
    if balance.helped:
        balance.calls_between = max(balance.calls_between // 2, FIRST_BETWEEN)
    else:
        balance.calls_left = balance.calls_between
        balance.calls_between = min(2 * balance.calls_between, MOST_BETWEEN)


def rehearse(const double[:, ::1] paces not None, Py_ssize_t slices_a_call, uint64_t kind, double now):
    """What the balance makes of a machine that is so quick: for every slice of time a row of `paces` (slices, 2), samples a
    second alone and together; so many slices are a call of `run`. The training is of some kind, and begins `now`, in
    seconds. Returns 0 or 1 for every slice: how it would be done."""
    cdef Balance balance = balance_of(True, kind, now)
    cdef Py_ssize_t i
    ways = np.empty(paces.shape[0], np.uint8)
    cdef uint8_t[::1] way = ways
    for i in range(paces.shape[0]):
        if i % slices_a_call == 0:
            begin_call(&balance)
        way[i] = balance.together
        now += SLICE_SECONDS
        weigh(&balance, paces[i, balance.together] * SLICE_SECONDS, SLICE_SECONDS, now)
    return ways
