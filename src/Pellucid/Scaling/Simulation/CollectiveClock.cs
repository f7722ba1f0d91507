namespace Pellucid.Scaling.Simulation;

/// <summary>
/// When nodes have what an exchange gives them: messages are followed one after another, each of which leaves when its sender is
/// ready and is taken when its receiver is.
/// </summary>
internal static class CollectiveClock
{
    /// <summary>Moves the time of each node to that of its end of the exchange.</summary>
    /// <param name="ready">When each node begins; afterwards when it has all.</param>
    /// <param name="bytes">Of the vector that is added up.</param>
    /// <param name="network">What messages cross.</param>
    /// <param name="collective">In which order.</param>
    public static void Run(double[] ready, double bytes, SimulatedNetwork network, Collective collective)
    {
        if (ready.Length < 2 || bytes == 0)
            return;
        switch (collective)
        {
            case Collective.Ring:
                Ring(ready, network.Message(bytes / ready.Length));
                break;
            case Collective.Halving:
                Halving(ready, bytes, network);
                break;
            default:
                // Shards there, and back.
                ToAll(ready, bytes / ready.Length, network);
                ToAll(ready, bytes / ready.Length, network);
                break;
        }
    }

    // In each round a node has what it had and its neighbour's piece.
    private static void Ring(double[] ready, double message)
    {
        for (var round = 0; round < 2 * (ready.Length - 1); round++)
        {
            var last = ready[^1];
            for (var node = ready.Length - 1; node > 0; node--)
                ready[node] = Math.Max(ready[node], ready[node - 1]) + message;
            ready[0] = Math.Max(ready[0], last) + message;
        }
    }

    // Nodes beyond a power of two hand theirs to a partner first, and get the whole from it at the end.
    private static void Halving(double[] ready, double bytes, SimulatedNetwork network)
    {
        var inner = 1 << int.Log2(ready.Length);
        for (var node = inner; node < ready.Length; node++)
            ready[node - inner] = Math.Max(ready[node], ready[node - inner]) + network.Message(bytes);
        for (var (distance, piece) = (inner / 2, bytes / 2); distance > 0; distance /= 2, piece /= 2)
            Swap(ready, inner, distance, network.Message(piece));
        for (var (distance, piece) = (1, bytes / inner); distance < inner; distance *= 2, piece *= 2)
            Swap(ready, inner, distance, network.Message(piece));
        for (var node = inner; node < ready.Length; node++)
            ready[node] = ready[node - inner] + network.Message(bytes);
    }

    private static void Swap(double[] ready, int count, int distance, double message)
    {
        for (var node = 0; node < count; node++)
            if ((node & distance) == 0)
                ready[node] = ready[node | distance] = Math.Max(ready[node], ready[node | distance]) + message;
    }

    // A node sends one message after another, first to its neighbour; it has all when the latest is there.
    private static void ToAll(double[] ready, double piece, SimulatedNetwork network)
    {
        var (began, message) = (ready.ToArray(), network.Message(piece));
        for (var node = 0; node < ready.Length; node++)
            for (var turn = 1; turn < ready.Length; turn++)
                ready[node] = Math.Max(ready[node], began[(node - turn + ready.Length) % ready.Length] + turn * message);
        for (var node = 0; node < ready.Length; node++)
            ready[node] = Math.Max(ready[node], began[node] + (ready.Length - 1) * message);
    }
}
