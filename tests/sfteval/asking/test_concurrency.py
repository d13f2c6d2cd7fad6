"""The number of requests under way: it finds what a server bears, on servers of a known capacity, in virtual time."""

import heapq
import itertools
import random

from sfteval.asking.concurrency import Concurrency


class Simulated:
    """A crowd of requests against a server that `serve(under_way, rng)` describes: seconds, or None for a refusal."""

    def __init__(self, serve, start=16, **bounds):
        self.now, self.refused, self.rng = 0.0, 0, random.Random(0)
        self.serve, self.concurrency = serve, Concurrency(start, lambda: self.now, **bounds)
        self.limits = []

    def answer(self, num_answers):
        """Let so many be answered and return the virtual seconds that it took."""
        events, numbers, left, opened, started = [], itertools.count(), num_answers, 0, self.now

        def send():
            seconds = self.serve(sum(kind == "answer" for _, _, kind, _ in events), self.rng)
            kind, wait = ("refusal", 0.001) if seconds is None else ("answer", seconds)
            heapq.heappush(events, (self.now + wait, next(numbers), kind, self.now))

        while left or events:
            while left and opened < self.concurrency.limit:
                left, opened = left - 1, opened + 1
                send()
            self.now, _, kind, sent = heapq.heappop(events)
            if kind == "answer":
                opened -= 1
                self.concurrency.answered(1)
                self.limits.append(self.concurrency.limit)
            elif kind == "refusal":
                self.refused += 1
                self.concurrency.overloaded(sent)
                heapq.heappush(events, (self.now + self.rng.uniform(0.5, 1.5), next(numbers), "retry", self.now))
            else:
                send()
        return self.now - started


def queueing(capacity):
    """A server that shares itself: beyond its capacity everybody waits longer."""
    return lambda under_way, rng: max(1.0, (under_way + 1) / capacity)


def test_a_server_without_limit_is_asked_by_as_many_as_allowed():
    crowd = Simulated(lambda under_way, rng: 0.02, highest=256)
    crowd.answer(2000)
    assert crowd.concurrency.limit == 256
    assert crowd.limits.index(256) < 700  # found soon


def test_a_server_that_shares_itself_is_asked_by_a_few_more_than_it_serves_at_once():
    for capacity, settled in ((10, 16), (40, 64), (100, 128)):
        crowd = Simulated(queueing(capacity))
        seconds = crowd.answer(10_000)
        assert sorted(crowd.limits[5000:])[2500] == settled
        assert seconds < 1.05 * 10_000 / capacity


def test_noise_costs_little_throughput():
    noisy = Simulated(lambda under_way, rng: rng.expovariate(1) * max(1.0, (under_way + 1) / 100))
    assert noisy.answer(20_000) < 1.15 * 200
    crowded = Simulated(lambda under_way, rng: rng.expovariate(1) * max(1.0, (under_way + 1) / 40))
    crowded.answer(40_000)
    assert max(crowded.limits) < 200  # lucky windows do not add up


def test_a_server_that_refuses_what_is_too_much_is_used_well_and_rarely_troubled():
    for capacity in (40, 100):
        crowd = Simulated(lambda under_way, rng, c=capacity: rng.uniform(0.5, 1.5) if under_way < c else None)
        seconds = crowd.answer(20_000)
        assert crowd.refused < 0.015 * 20_000
        assert seconds < 1.25 * 20_000 / capacity


def test_a_server_that_loses_speed_under_load_is_spared():
    crowd = Simulated(lambda under_way, rng: max(1.0, ((under_way + 1) / 50) ** 1.5))
    crowd.answer(10_000)
    assert sorted(crowd.limits[5000:])[2500] == 64


def test_a_server_that_becomes_faster_is_noticed():
    crowd = Simulated(queueing(20))
    crowd.answer(3000)
    assert crowd.concurrency.limit < 50
    crowd.serve = queueing(400)
    crowd.answer(60_000)
    assert crowd.concurrency.limit > 200


def test_all_complaints_of_one_moment_count_once():
    now = [0.0]
    concurrency = Concurrency(100, lambda: now[0])
    for _ in range(30):
        concurrency.overloaded(started=-1.0)
    assert concurrency.limit == 70
    now[0] = 1.0
    concurrency.overloaded(started=0.5)  # sent afterwards, but a hundred may still be under way
    assert concurrency.limit == 70
    for _ in range(70):
        concurrency.answered(1)
    concurrency.overloaded(started=-1.0)  # sent before the number was lowered
    assert concurrency.limit == 70
    concurrency.overloaded(started=0.5)
    assert concurrency.limit == 49


def test_a_number_that_is_given_stays():
    crowd = Simulated(lambda under_way, rng: 1.0 if under_way < 30 else None, start=64, lowest=64, highest=64)
    crowd.answer(1000)
    assert crowd.refused > 0
    assert set(crowd.limits) == {64}


def test_at_least_one_request_is_under_way():
    concurrency = Concurrency(1, lambda: 0.0)
    concurrency.overloaded(started=0.0)
    assert concurrency.limit == 1


def test_the_proposal_is_bounded_by_what_is_allowed():
    assert Concurrency(64, lambda: 0.0, highest=8).limit == 8
