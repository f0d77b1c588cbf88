"""Exit codes of every command.

0 done (a portal's own 404s included); 1 something in scope could not be kept, or a check found faults;
2 bad usage or input; 130 stopped by Ctrl-C or SIGTERM, to be resumed.
"""

DONE, FAULTS, BAD_INPUT, STOPPED = 0, 1, 2, 130
