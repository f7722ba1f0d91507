using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>
/// Finds the heads and paths by which one prompt comes to another answer than a second one, by exact path patching from the end back
/// (Goldowsky-Dill et al. 2023; Wang et al. 2023): first the heads whose direct paths carry the logits at the end; then, of each head
/// that was found, those that feed its queries where it stands, and its keys and values at every position up to there; and so on. Feed-
/// forward layers pass on what reaches them. A path counts when it changes the logit difference by a share of the way between the
/// prompts. Where the prompts begin alike nothing can come from, so that only positions from the first difference on are asked.
/// </summary>
public sealed class PairCircuitSearch
{
    private const double SmallestDifference = 0.01;

    private static readonly Activation[] Inputs = [Activation.Q, Activation.K, Activation.V];

    private readonly Gpt _gpt;
    private readonly PromptPair _pair;
    private readonly double _bar;
    private readonly int _first;
    private readonly List<Component> _nodes = [];
    private readonly List<CircuitEdge> _edges = [];
    private readonly Queue<(Component? Node, Activation Part)> _open = new();

    /// <summary>Begins the search.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="pair">The prompts, as many tokens each, and the answers that are compared.</param>
    /// <param name="share">From which share of the way between the prompts on a path counts.</param>
    /// <exception cref="ArgumentException">The prompts differ in length, or hardly differ in what the model says.</exception>
    public PairCircuitSearch(Gpt gpt, PromptPair pair, double share)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(pair);
        if (share is not (> 0 and <= 1))
            throw new ArgumentException("the share of the logit difference that makes a path count must be above 0");
        new Prompts([pair.Base.Tokens]).RequireSameLengths(new Prompts([pair.Source]));
        (_gpt, _pair) = (gpt, pair);
        var way = pair.Base.LogitDifference(gpt) - (pair.Base with { Tokens = pair.Source }).LogitDifference(gpt);
        if (Math.Abs(way) < SmallestDifference)
            throw new ArgumentException(
                $"the logit differences of the two prompts differ by less than {SmallestDifference}, so that there is nothing to find");
        _bar = share * Math.Abs(way);
        _first = pair.Base.Tokens.Zip(pair.Source).TakeWhile(both => both.First == both.Second).Count();
        _open.Enqueue((null, default));
    }

    /// <summary>What was found so far.</summary>
    public PairCircuit Found => new([.. _nodes.OrderBy(node => node.Layer).ThenBy(node => node.Head).ThenBy(node => node.Position)],
        [.. _edges]);

    /// <summary>What is asked next, such as <c>1.3@7 q</c> or <c>logits</c>; null when all was.</summary>
    public string? Next => _open.TryPeek(out var next) ? Name(next.Node, next.Part) : null;

    /// <summary>Questions that were asked.</summary>
    public int Asked { get; private set; }

    /// <summary>Questions that are known to be left; each may bring three more.</summary>
    public int Left => _open.Count;

    /// <summary>Asks the next question; false where none is left.</summary>
    public bool MoveNext()
    {
        if (!_open.TryDequeue(out var question))
            return false;
        var (node, part) = question;
        var end = _pair.Base.Tokens.Length - 1;
        int[] positions = node is not { } receiver ? [end] : part == Activation.Q ? [receiver.Position]
            : [.. Enumerable.Range(_first, receiver.Position + 1 - _first)];
        var senders = Sender.Heads(_gpt.Config).Where(sender => node is null || sender.Layer < node.Value.Layer).ToArray();
        if (senders.Length > 0 && positions.Length > 0)
            foreach (var path in PathPatching.Run(_gpt, [.. positions.Select(_ => _pair)], senders,
                node is { } to ? [Receiver.Of(_gpt.Config, to.Layer, to.Head, part)] : [], positions))
                for (var i = 0; i < positions.Length; i++)
                    if (Math.Abs(path.Effects[i]) >= _bar)
                        Add(new(Activation.Z, path.Sender.Layer, path.Sender.Head, Position: positions[i]), node, part, path.Effects[i]);
        Asked++;
        return true;
    }

    /// <summary>Asks all questions.</summary>
    public static PairCircuit Find(Gpt gpt, PromptPair pair, double share)
    {
        var search = new PairCircuitSearch(gpt, pair, share);
        while (search.Next is not null)
            search.MoveNext();
        return search.Found;
    }

    private void Add(Component node, Component? to, Activation part, double effect)
    {
        _edges.Add(new CircuitEdge(node.Notation, to?.Notation ?? Circuit.Logits, to is null ? "" : part.Name(), effect));
        if (_nodes.Contains(node))
            return;
        _nodes.Add(node);
        if (node.Layer > 0)
            foreach (var input in Inputs)
                _open.Enqueue((node, input));
    }

    private static string Name(Component? node, Activation part) => node is { } to ? $"{to.Notation} {part.Name()}" : Circuit.Logits;
}
