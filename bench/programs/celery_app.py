# The same job as the other side's, as Celery's guide shows it: one SET. `fill N` puts N tasks in line.
import os
import sys

from celery import Celery
from redis import Redis

socket = os.environ["BENCH_SOCKET"]
app = Celery("bench", broker="redis+socket://" + socket)
app.conf.update(task_ignore_result=True, task_acks_late=True, task_default_queue="idle", worker_hijack_root_logger=False)
redis = Redis(unix_socket_path=socket)


@app.task(name="bench.set")
def set_nonce(nonce):
    redis.set("bench:celery:mark", nonce, px=120_000)


if __name__ == "__main__" and sys.argv[1] == "fill":
    with app.producer_pool.acquire(block=True) as producer:
        for number in range(int(sys.argv[2])):
            set_nonce.apply_async((f"n{number}",), queue="bench", producer=producer)
elif __name__ == "__main__" and sys.argv[1] == "begin":
    app.control.add_consumer("bench", reply=True, timeout=10)
