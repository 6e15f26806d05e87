import threadpoolctl

from ripieno.pooling.threads import one_blas_thread, over_chunks


def test_results_come_in_the_order_of_the_samples():
    chunks = over_chunks(lambda at: (at.start, at.stop), n_samples=25, size=10)
    assert chunks == [(0, 10), (10, 20), (20, 30)]


def test_linear_algebra_keeps_to_one_thread():
    with one_blas_thread():
        within = threadpoolctl.threadpool_info()
    assert {library["num_threads"] for library in within if library["user_api"] == "blas"} == {1}
