namespace Pellucid.Distributed;

/// <summary>What replicas must have in common before the first step, lest they train on from a model that none of them is.</summary>
public static class Agreement
{
    /// <summary>Requires that all replicas say the same of everything.</summary>
    /// <param name="replicas">Those who are asked; all call it together.</param>
    /// <param name="facts">What is compared, for people, and what this replica says of it.</param>
    /// <exception cref="InvalidDataException">One says otherwise; every replica throws the same.</exception>
    public static void Require(Replicas replicas, params IReadOnlyList<(string What, string Value)> facts)
    {
        ArgumentNullException.ThrowIfNull(replicas);
        ArgumentNullException.ThrowIfNull(facts);
        if (replicas.Count == 1)
            return;
        foreach (var (what, value) in facts)
        {
            var values = replicas.Texts(value);
            if (Array.FindIndex(values, other => other != values[0]) is var rank and > 0)
                throw new InvalidDataException($"rank {rank} and rank 0 differ in {what}: {Difference(values[rank], values[0])}");
        }
    }

    // Of lists only what differs first.
    private static string Difference(string one, string other)
    {
        const string between = ", ";
        var (parts, others) = (one.Split(between), other.Split(between));
        var first = parts.Zip(others).FirstOrDefault(pair => pair.First != pair.Second);
        return parts.Length == others.Length ? $"{first.First.Trim(' ', '}')} and {first.Second.Trim(' ', '}')}" : $"{one} and {other}";
    }
}
