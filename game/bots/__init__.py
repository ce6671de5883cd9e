"""Players without a person: a brain decides, a bot acts through the async client, a swarm runs many in one process."""
