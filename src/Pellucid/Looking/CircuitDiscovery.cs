using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>Names of the classes that <see cref="CircuitDiscovery"/> sorts heads into, after Wang et al. (2023).</summary>
public static class HeadClasses
{
    /// <summary>Look at the answer and write it.</summary>
    public const string NameMover = "name mover";

    /// <summary>Work for the answer too, but look at the other name, and write against it.</summary>
    public const string SubjectSuppressor = "subject suppressor";

    /// <summary>Write against the answer.</summary>
    public const string NegativeNameMover = "negative name mover";

    /// <summary>Write the answer once the name movers are gone.</summary>
    public const string BackupNameMover = "backup name mover";

    /// <summary>Tell other heads at the end where not to look.</summary>
    public const string SInhibition = "S-inhibition";

    /// <summary>See at S2 that the name was there before, by looking at it.</summary>
    public const string DuplicateToken = "duplicate token";

    /// <summary>See it by looking at what followed.</summary>
    public const string Induction = "induction";

    /// <summary>Write each token's predecessor.</summary>
    public const string PreviousToken = "previous token";

    /// <summary>Matter, but do none of these.</summary>
    public const string Other = "other";
}

/// <summary>
/// Finds the circuit of the indirect-object task in the steps of Wang et al. (2023), by exact path patching: from the logits
/// to the heads that write them at END, from the queries, keys and values of a class that was found to the heads that feed
/// them, and so on down; then, with the name movers gone, the heads that step in. Beside the paper's receivers (queries at
/// END, values at S2, keys at S1+1) the other parts and places are asked too, so that a circuit of another shape is found.
/// </summary>
public sealed class CircuitDiscovery
{
    private const double StandardErrors = 3, SmallestDifference = 0.5;

    private readonly Gpt _gpt;
    private readonly IndirectObjectData _data;
    private readonly CircuitMeasure _measure;
    private readonly double _bar;
    private readonly Action<string>? _progress;
    private readonly IReadOnlyList<Sender> _heads;
    private readonly List<CircuitNode> _nodes = [];
    private readonly List<CircuitEdge> _edges = [];
    private readonly List<HeadSummaryAt> _looks = [];

    private CircuitDiscovery(Gpt gpt, IndirectObjectData data, CircuitMeasure measure, double bar, Action<string>? progress)
    {
        (_gpt, _data, _measure, _bar, _progress) = (gpt, data, measure, bar, progress);
        _heads = Sender.Heads(gpt.Config);
    }

    /// <summary>Finds heads and paths.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="data">Prompts.</param>
    /// <param name="share">A path counts when it changes the logit difference by this share of it, and by three standard errors.</param>
    /// <param name="progress">Told each step.</param>
    /// <returns>An empty circuit where the model does not do the task: F(M) below half a logit or three standard errors.</returns>
    public static Circuit Find(Gpt gpt, IndirectObjectData data, double share = 0.05, Action<string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(data);
        if (!(share > 0))
            throw new ArgumentException("the share of the logit difference that makes a path count must be above 0");
        using var measure = new CircuitMeasure(gpt, data);
        var whole = measure.Model();
        if (whole.Mean < SmallestDifference || whole.Mean < StandardErrors * whole.StandardError)
            return new Circuit(gpt.Config.Layers, gpt.Config.Heads, [], []);
        return new CircuitDiscovery(gpt, data, measure, share * whole.Mean, progress).Find();
    }

    private Circuit Find()
    {
        _progress?.Invoke("paths to the logits at END");
        foreach (var path in Strong(PathPatching.Run(_gpt, _data.Pairs, _heads, [])))
            Add(path, Role.End, path.Effect.Mean > 0 ? HeadClasses.NegativeNameMover
                : Looks(path.Sender) is var looks && looks.ToAnswer >= looks.ToSubject ? HeadClasses.NameMover
                : HeadClasses.SubjectSuppressor, Circuit.Logits, "");
        var asked = new HashSet<CircuitNode>();
        while (_nodes.Where(node => node.Class != HeadClasses.NegativeNameMover && !asked.Contains(node))
            .GroupBy(node => (node.Class, node.Role)).FirstOrDefault() is { } group)
        {
            asked.UnionWith(group);
            Ask([.. group]);
        }
        FindBackups();
        return new Circuit(_gpt.Config.Layers, _gpt.Config.Heads,
            [.. _nodes.OrderBy(node => node.Layer).ThenBy(node => node.Head).ThenBy(node => node.Role)], _edges);
    }

    // Queries are read where the heads stand; keys and values at every place that they may look at.
    private void Ask(List<CircuitNode> receivers)
    {
        var (name, at) = (receivers[0].Class, receivers[0].Role);
        foreach (var (part, role) in (ReadOnlySpan<(Activation, Role)>)
        [
            (Activation.Q, at), (Activation.V, Role.S2), (Activation.K, Role.S2), (Activation.K, Role.S1Next), (Activation.V, Role.S1Next),
            (Activation.K, Role.IO), (Activation.V, Role.IO), (Activation.K, Role.S1), (Activation.V, Role.S1),
        ])
        {
            var senders = _heads.Where(sender => receivers.Any(receiver => receiver.Layer > sender.Layer)).ToList();
            if (senders.Count == 0)
                return;
            _progress?.Invoke($"paths to {part.Name()} of {name} at {role.Name()}");
            var parts = receivers.Select(receiver => Receiver.Of(_gpt.Config, receiver.Layer, receiver.Head, part)).Distinct();
            foreach (var path in Strong(PathPatching.Run(_gpt, _data.Pairs, senders, [.. parts], _data.PositionsOf(role))))
                Add(path, role, ClassOf(path.Sender, role, name), name, part.Name());
        }
    }

    private void FindBackups()
    {
        var movers = _nodes.Where(node => node.Class is HeadClasses.NameMover or HeadClasses.SubjectSuppressor).ToList();
        if (movers.Count == 0)
            return;
        _progress?.Invoke("paths to the logits without those that write the answer");
        var before = PathPatching.Run(_gpt, _data.Pairs, _heads, []);
        var after = PathPatching.RunKnockedOut(_gpt, _data.Pairs, _heads, prompt => movers.Select(node => _measure.Missing(node, prompt)));
        foreach (var (old, now) in before.Zip(after))
        {
            var growth = Estimate.Of([.. now.Effects.Zip(old.Effects, (a, b) => a - b)]);
            var isNew = !_nodes.Any(node => node.Role == Role.End && (node.Layer, node.Head) == (now.Sender.Layer, now.Sender.Head));
            if (isNew && Counts(now.Effect) && now.Effect.Mean < 0 && Counts(growth) && growth.Mean < 0)
                Add(now, Role.End, HeadClasses.BackupNameMover, Circuit.Logits, "");
        }
    }

    private IEnumerable<PathEffect> Strong(IReadOnlyList<PathEffect> paths) => paths.Where(path => Counts(path.Effect));

    private bool Counts(Estimate effect) => Math.Abs(effect.Mean) >= _bar && Math.Abs(effect.Mean) >= StandardErrors * effect.StandardError;

    private void Add(PathEffect path, Role role, string name, string to, string part)
    {
        var node = _nodes.FirstOrDefault(other => (other.Layer, other.Head, other.Role) == (path.Sender.Layer, path.Sender.Head, role));
        if (node is null)
            _nodes.Add(node = new CircuitNode(path.Sender.Layer, path.Sender.Head, role, name));
        _edges.Add(new CircuitEdge(node.Id, to, part, path.Effect.Mean));
    }

    // By what it feeds, and where it looks from its role.
    private string ClassOf(Sender sender, Role role, string feeds) => role switch
    {
        Role.End => feeds is HeadClasses.NameMover ? HeadClasses.SInhibition : HeadClasses.Other,
        Role.S2 => Looks(sender).ToDuplicate >= Looks(sender).ToNext ? HeadClasses.DuplicateToken : HeadClasses.Induction,
        Role.S1Next => Looks(sender).ToPrevious > 0.5 ? HeadClasses.PreviousToken : HeadClasses.Other,
        _ => HeadClasses.Other,
    };

    private sealed record HeadSummaryAt(Sender Sender, double ToDuplicate, double ToNext, double ToPrevious, double ToAnswer,
        double ToSubject);

    private HeadSummaryAt Looks(Sender sender)
    {
        if (_looks.Count == 0)
        {
            using var cache = ActivationCache.Record(_gpt, new Prompts(_data.Pairs.Select(pair => pair.Base.Tokens)),
                (activation, _) => activation == Activation.Pattern);
            foreach (var head in _heads)
            {
                double Attention(Role from, Role to) => Enumerable.Range(0, _data.Count).Average(prompt =>
                    (double)cache.Pattern(Activation.Pattern, head.Layer, head.Head, prompt)[_data.PositionOf(from, prompt),
                        _data.PositionOf(to, prompt)]);
                _looks.Add(new HeadSummaryAt(head, Attention(Role.S2, Role.S1), Attention(Role.S2, Role.S1Next),
                    Attention(Role.S1Next, Role.S1), Attention(Role.End, Role.IO),
                    Attention(Role.End, Role.S1) + Attention(Role.End, Role.S2)));
            }
        }
        return _looks.First(looks => looks.Sender == sender);
    }
}
