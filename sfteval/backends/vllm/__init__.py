"""vLLM as a backend: checkpoints in, servers that are started, watched and stopped here.

`installation` finds vLLM, `machine` what there is to give it, `arguments` what a user's own words for it mean,
`command` says how it is started, `keeper` is the child process that leaves no orphan, `server` one server's life,
`deaths` why it ended, `fleet` who shares a server and when it is stopped, `backend` what is asked and how the answer is
read. None of them knows a suite or a score.
"""
