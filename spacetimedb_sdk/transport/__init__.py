"""Transport: sockets and threads. Bytes in, decoded outcomes out to a bounded queue; touches no cache, runs no callback."""
