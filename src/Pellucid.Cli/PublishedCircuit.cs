using Pellucid.Looking;

namespace Pellucid.Cli;

/// <summary>The circuit of GPT-2 small that Wang et al. (2023) found for indirect objects:
/// 26 heads in seven classes, each where it does its work.</summary>
internal static class PublishedCircuit
{
    private static readonly (string Class, Role Role, (int Layer, int Head)[] Heads)[] Classes =
    [
        ("name mover", Role.End, [(9, 9), (10, 0), (9, 6)]),
        ("backup name mover", Role.End, [(10, 10), (10, 6), (10, 2), (10, 1), (11, 2), (9, 7), (9, 0), (11, 9)]),
        ("negative name mover", Role.End, [(10, 7), (11, 10)]),
        ("S-inhibition", Role.End, [(7, 3), (7, 9), (8, 6), (8, 10)]),
        ("induction", Role.S2, [(5, 5), (6, 9), (5, 8), (5, 9)]),
        ("duplicate token", Role.S2, [(0, 1), (3, 0), (0, 10)]),
        ("previous token", Role.S1Next, [(2, 2), (4, 11)]),
    ];

    /// <summary>As a circuit that can be measured.</summary>
    public static Circuit Create() => new(12, 12,
        [.. Classes.SelectMany(kind => kind.Heads.Select(head => new CircuitNode(head.Layer, head.Head, kind.Role, kind.Class)))], []);
}
