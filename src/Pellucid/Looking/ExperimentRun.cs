using System.Diagnostics.CodeAnalysis;
using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Looking;

/// <summary>Attention of one query to one key, as the sum that it is.</summary>
/// <param name="Score">q · k times the scale of the layer's scores, before softmax.</param>
/// <param name="Weight">After softmax.</param>
/// <param name="Products">What each of the head's D columns adds to the score; they sum to it, to rounding,
/// or to what it was before it was capped.</param>
/// <param name="Asks">q, the query's D columns, as scores are made of them: normalised and turned where the model does so.</param>
/// <param name="Has">k, the key's.</param>
public sealed record AttentionDetail(double Score, double Weight, float[] Products, float[] Asks, float[] Has);

/// <summary>What one query of a head does with all the keys that it may look at.</summary>
/// <param name="Scores">q · k times the scale, of keys 0 to the query, before softmax; −∞ where a key is out of sight.</param>
/// <param name="Weights">After softmax: they sum to 1, or to less where the head has a sink.</param>
/// <param name="Values">What each key's position has to give, (D) each.</param>
/// <param name="Mixed">The sum of weights times values, (D), with the changes made.</param>
public sealed record AttentionRow(float[] Scores, float[] Weights, IReadOnlyList<float[]> Values, float[] Mixed);

/// <summary>
/// A model that reads a text while things are changed in it. The residual stream is kept; predictions and lens are read
/// from it when they are asked for. Attention is kept of short texts; of long ones it is computed again when it is asked
/// for, a layer at a time, so that they need little memory.
/// </summary>
public sealed class ExperimentRun : IDisposable
{
    private const long MostKeptWeights = 4 << 20; // of attention, 16 MB

    private readonly Gpt _gpt;
    private readonly Arena _sources;
    private readonly List<TapEdit> _edits = [];
    private readonly ForwardPass _pass;
    private readonly ExperimentRun? _unchanged;
    private LensRows? _lens;
    private (int Position, Distribution Said)? _prediction;

    /// <summary>Runs the model.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="tokenizer">For the texts.</param>
    /// <param name="experiment">What is read and changed.</param>
    /// <param name="begin">A token in front of every text, though not of one that is given as tokens.</param>
    /// <param name="features">Those that changes are of.</param>
    /// <param name="unchanged">The same text read without changes, where that is there: what no change reaches is taken from it, with the
    /// bits that it would have. It must live as long.</param>
    /// <exception cref="ArgumentException">The text is empty or too long, or a change does not fit the model or the texts, or
    /// <paramref name="unchanged"/> has read another text or was changed.</exception>
    public ExperimentRun(Gpt gpt, Tokenizer tokenizer, Experiment experiment, int? begin = null,
        IReadOnlyList<FeatureDictionary>? features = null, ExperimentRun? unchanged = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(experiment);
        _gpt = gpt;
        int[] Encode(string text) => begin is { } first ? [first, .. tokenizer.Encode(text)] : tokenizer.Encode(text);
        int[] read = experiment.Tokens is { } tokens ? [.. tokens] : Encode(experiment.Text);
        var source = new Lazy<int[]>(() => experiment.SourceTokens is { } given ? [.. given] : Encode(experiment.Source));
        var prompts = new Prompts([read.Length > 0 ? read : throw new ArgumentException("the text is empty")]);
        if (unchanged is not null
            && (unchanged._gpt != gpt || unchanged._edits.Count > 0 || !read.AsSpan().SequenceEqual(unchanged.Tokens)))
            throw new ArgumentException("what was read before is not this text by this model as it is", nameof(unchanged));
        (Tokens, _sources, _pass, _unchanged) = (prompts[0], new Arena(gpt.Backend), new ForwardPass(gpt), unchanged);
        KeepsPatterns = (long)gpt.Config.Layers * gpt.Config.Heads * Tokens.Length * Tokens.Length <= MostKeptWeights;
        try
        {
            foreach (var change in experiment.Changes.Where(change => change.Feature is null))
                _edits.Add(Edit(change, prompts, source, Encode));
            EditFeatures(experiment.Changes.Where(change => change.Feature is not null), features ?? [], prompts);
            Residuals = ActivationCache.Record(gpt, prompts, (activation, layer) =>
                activation is Activation.ResidMid or Activation.ResidPost || (activation == Activation.ResidPre && layer == 0)
                    || (activation == Activation.Pattern && KeepsPatterns), _edits, unchanged?.Residuals);
        }
        catch
        {
            _pass.Dispose();
            _sources.Dispose();
            throw;
        }
    }

    /// <summary>Whether attention of all layers is kept, because the text is short enough; else each question about a layer computes it
    /// again.</summary>
    public bool KeepsPatterns { get; }

    /// <summary>Tokens of the text.</summary>
    public int[] Tokens { get; }

    /// <summary><c>resid_pre</c> of the first layer, <c>resid_mid</c> and <c>resid_post</c> of all: what <see cref="LogitLens"/> reads.
    /// Of a short text <c>pattern</c> too.</summary>
    public ActivationCache Residuals { get; }

    /// <summary>What the model says after each token about the next one:
    /// negative log-probability in nats, of each token but the first.</summary>
    public double[] Losses()
    {
        if (Tokens.Length < 2)
            return [];
        var run = Lay(Residuals[Activation.ResidPost, _gpt.Config.Layers - 1], _gpt.Config.Layers, null);
        return Readout.Losses(_gpt, _gpt.Forward(_pass.Rows, run), [.. Tokens[1..], -1], run)[..^1];
    }

    /// <summary>What the model says after a position;
    /// of the position asked last it is kept, for a run is often compared with others.</summary>
    public Distribution Prediction(int position)
    {
        if (_prediction is not { } kept || kept.Position != position)
            _prediction = kept = (position, new Distribution(Logits(position)));
        return kept.Said;
    }

    /// <summary>Logits (V) after a position.</summary>
    public float[] Logits(int position) => Logits(Activation.ResidPost, _gpt.Config.Layers - 1, position);

    /// <summary>Logits (V) of a place of the residual stream, read as if the model ended there: what <see cref="LogitLens"/> reads
    /// everywhere.</summary>
    /// <exception cref="KeyNotFoundException">It is none of <see cref="Residuals"/>.</exception>
    public float[] Logits(Activation activation, int layer, int position)
    {
        var stream = Residuals[activation, layer];
        var run = _pass.NewRun();
        var row = run.Operations.Arena.Allocate(new Shape(1, stream.Columns), stream.Type);
        _gpt.Backend.Copy(stream.RowRange(Residuals.Prompts.RowOf(0, position), 1), row);
        return _pass.Logits(row);
    }

    /// <summary>What <see cref="LogitLens"/> reads at some positions. Rows of logits that no change reaches are kept with the run before
    /// the changes.</summary>
    /// <param name="top">How many of the likeliest tokens are kept.</param>
    /// <param name="midway">Whether to read between attention and feed-forward too.</param>
    /// <param name="first">The first position.</param>
    /// <param name="count">Positions from there on, as many as there are.</param>
    public IReadOnlyList<LensReading> Lens(int top, bool midway, int first, int count)
    {
        bool IsWanted(int position) => position >= first && position < first + count;
        var kept = _unchanged is null ? null : _unchanged._lens ??= new LensRows();
        kept?.Begin(_edits.Select(edit => edit.Layer).DefaultIfEmpty(_gpt.Config.Layers - 1).Min(), IsWanted); // the end is always read
        return LogitLens.Read(_gpt, Residuals, top, midway, null, (_, position) => IsWanted(position), kept);
    }

    /// <summary>Length of the residual stream at every place and position, from the embedding up; a row for every place.</summary>
    [SuppressMessage("Performance", "CA1814", Justification = "every place has all positions")]
    public double[,] ResidualNorms()
    {
        var norms = new double[_gpt.Config.Layers + 1, Tokens.Length];
        for (var place = 0; place <= _gpt.Config.Layers; place++)
        {
            var rows = _pass.Read(Before(place));
            for (var position = 0; position < Tokens.Length; position++)
                norms[place, position] = System.Numerics.Tensors.TensorPrimitives.Norm<float>(
                    rows.AsSpan(position * _gpt.Config.Width, _gpt.Config.Width));
        }
        return norms;
    }

    /// <summary>Attention of all heads of a layer, (H, T, T) in one array:
    /// a row for every position over the keys up to it, zeros after.</summary>
    public float[] Patterns(int layer)
    {
        var (T, H) = (Tokens.Length, _gpt.Config.Heads);
        var reading = KeepsPatterns ? Residuals[Activation.Pattern, layer]
            : Block(layer, Activation.Pattern)[Activation.Pattern, layer].Tensor;
        var (all, patterns) = (_pass.Read(reading), new float[H * T * T]);
        for (var row = 0; row < H * T; row++)
            all.AsSpan(row * reading.Columns, row % T + 1).CopyTo(patterns.AsSpan(row * T));
        return patterns;
    }

    /// <summary>Why a query looks at a key: the products of their columns.</summary>
    public AttentionDetail Detail(int layer, int head, int query, int key)
    {
        ActivationCache.RequirePlace(_gpt.Config, Activation.Pattern, layer, head);
        if (key < 0 || key > query || query >= Tokens.Length)
            throw new ArgumentException($"position {query} cannot look at position {key}");
        // Scores are made of queries and keys as they are normalised and turned, where a model does so.
        var (queries, keys) = Activation.RotQ.Exists(_gpt.Config) ? (Activation.RotQ, Activation.RotK) : (Activation.Q, Activation.K);
        var taps = Block(layer, queries, keys, Activation.AttnScores, Activation.Pattern);
        var (T, shape) = (Tokens.Length, _gpt.Config.Block(layer).Attention);
        var (D, products) = (shape.HeadWidth, new float[shape.HeadWidth]);
        var (q, k) = (taps[queries, layer].ToArray(_gpt.Backend), taps[keys, layer].ToArray(_gpt.Backend));
        var asks = q.AsSpan(query * shape.QueryWidth + head * D, D);
        var has = k.AsSpan(key * shape.KeyValueWidth + shape.KeyValueHeadOf(head) * D, D);
        System.Numerics.Tensors.TensorPrimitives.Multiply(asks, has, products);
        System.Numerics.Tensors.TensorPrimitives.Multiply(products, shape.SingleFactor, products);
        float At(Activation activation) => _pass.Read(taps[activation, layer].Tensor.RowRange(head * T + query, 1))[key];
        return new AttentionDetail(At(Activation.AttnScores), At(Activation.Pattern), products, asks.ToArray(), has.ToArray());
    }

    /// <summary>All that a query's attention is made of.</summary>
    public AttentionRow Row(int layer, int head, int query)
    {
        ActivationCache.RequirePlace(_gpt.Config, Activation.Pattern, layer, head);
        if (query < 0 || query >= Tokens.Length)
            throw new ArgumentException($"the text has positions 0 to {Tokens.Length - 1}, not {query}");
        var taps = Block(layer, Activation.V, Activation.AttnScores, Activation.Pattern, Activation.Z);
        var (T, shape) = (Tokens.Length, _gpt.Config.Block(layer).Attention);
        var (D, group) = (shape.HeadWidth, shape.KeyValueHeadOf(head));
        var (v, z) = (taps[Activation.V, layer].ToArray(_gpt.Backend), taps[Activation.Z, layer].ToArray(_gpt.Backend));
        float[] Plane(Activation activation) => _pass.Read(taps[activation, layer].Tensor.RowRange(head * T + query, 1))[..(query + 1)];
        return new AttentionRow(Plane(Activation.AttnScores), Plane(Activation.Pattern),
            [.. Enumerable.Range(0, query + 1).Select(key => v.AsSpan(key * shape.KeyValueWidth + group * D, D).ToArray())],
            z.AsSpan(query * shape.QueryWidth + head * D, D).ToArray());
    }

    /// <summary>Neurons after GELU at a position, (F) for a layer.</summary>
    public float[] Neurons(int layer, int position)
    {
        ActivationCache.RequirePlace(_gpt.Config, Activation.MlpPost, layer);
        return _pass.Read(Block(layer, Activation.MlpPost)[Activation.MlpPost, layer].Tensor
            .RowRange(Residuals.Prompts.RowOf(0, position), 1));
    }

    /// <summary>An activation, with the changes made:
    /// (T, width), or (H, T, T) for scores and patterns, where keys after the query are masked.</summary>
    /// <exception cref="ArgumentException">The model does not have it.</exception>
    public (float[] Values, Shape Shape) Values(Activation activation, int layer)
    {
        ActivationCache.RequirePlace(_gpt.Config, activation, layer);
        var (T, H) = (Tokens.Length, _gpt.Config.Heads);
        if (activation == Activation.LnFinal)
            return (_pass.Read(_gpt.Forward(_pass.Rows, Lay(Residuals[Activation.ResidPost, layer - 1], layer, null))),
                new Shape(T, _gpt.Config.Width));
        var reading = Block(layer, activation)[activation, layer];
        var all = reading.ToArray(_gpt.Backend);
        if (!activation.HasPlanes())
            return (all, new Shape(T, reading.Columns));
        var planes = new float[H * T * T];
        for (var row = 0; row < H * T; row++)
            all.AsSpan(row * reading.Columns, T).CopyTo(planes.AsSpan(row * T));
        return (planes, new Shape(H, T, T));
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Residuals.Dispose();
        _pass.Dispose();
        _sources.Dispose();
    }

    private Tensor Before(int layer) => layer == 0 ? Residuals[Activation.ResidPre, 0] : Residuals[Activation.ResidPost, layer - 1];

    // One block again, from the residual stream before it; a row has the bits that it had.
    private Taps Block(int layer, params ReadOnlySpan<Activation> reads)
    {
        var taps = new Taps();
        foreach (var edit in _edits)
            taps.Edit(edit);
        foreach (var activation in reads)
            taps.Read(activation, layer);
        var run = Lay(Before(layer), layer, taps);
        run.LastLayer = layer + 1;
        _gpt.Forward(_pass.Rows, run);
        return taps;
    }

    private GptRun Lay(Tensor residual, int layer, Taps? taps)
    {
        var run = _pass.NewRun(taps);
        _pass.Rows.Clear();
        _pass.Rows.Add(Tokens);
        (run.FirstLayer, run.Residual) = (layer, residual);
        return run;
    }

    // What a feature does depends on what it reads, with all other changes made, those of lower features included.
    private void EditFeatures(IEnumerable<Intervention> changes, IReadOnlyList<FeatureDictionary> features, Prompts prompts)
    {
        foreach (var group in changes.GroupBy(change => FeatureEdits.DictionaryOf(change, features, _gpt.Config))
            .OrderBy(group => group.Key.Config.Reads.Layer).ThenBy(group => group.Key.Config.Reads.Activation))
        {
            var reads = group.Key.Config.Reads;
            using var cache = ActivationCache.Record(_gpt, prompts,
                (activation, layer) => activation == reads.Activation && layer == reads.Layer, _edits);
            var edits = new FeatureEdits(group.Key, _pass.Read(cache[reads.Activation, reads.Layer]), Tokens.Length);
            _edits.AddRange(group.Select(change => Place(change, 1) with
            {
                Operation = EditOperation.Add, Source = Tensor(edits.Added(change)),
            }).ToList());
        }
    }

    private TapEdit Edit(Intervention change, Prompts prompts, Lazy<int[]> source, Func<string, int[]> encode)
    {
        var (place, edit) = (change.Place, Place(change, change.Kind == InterventionKind.Scale ? (float)change.Factor : 0));
        return change.Kind switch
        {
            InterventionKind.Mean => edit with { Operation = EditOperation.Replace, Source = Repeated(Mean(Rows(place, prompts))) },
            InterventionKind.Source => edit with { Operation = EditOperation.Replace, Source = Aligned(place, source.Value) },
            InterventionKind.Steer => edit with { Operation = EditOperation.Add, Factor = (float)change.Factor, Source = Repeated(
                Difference(place, change, encode)) },
            _ => edit,
        };
    }

    private TapEdit Place(Intervention change, float factor)
    {
        change.RequireFit(_gpt.Config);
        var (place, T) = (change.Place, Tokens.Length);
        return place.Position >= T ? throw new ArgumentException($"the text has positions 0 to {T - 1}, not {place.Position}")
            : new TapEdit(place.Activation, place.Layer, EditOperation.Scale, default, factor, Math.Max(0, place.Position),
                place.Position < 0 ? 0 : 1, place.Head, place.Neuron);
    }

    private float[][] Rows(Component place, Prompts prompts)
    {
        using var cache = ActivationCache.Record(_gpt, prompts,
            (activation, layer) => activation == place.Activation && layer == place.Layer);
        return [.. Enumerable.Range(0, prompts.Rows).Select(row => cache.Row(place.Activation, place.Layer, row))];
    }

    private static float[] Mean(float[][] rows) =>
        [.. Enumerable.Range(0, rows[0].Length).Select(column => (float)(rows.Sum(row => (double)row[column]) / rows.Length))];

    private float[] Difference(Component place, Intervention change, Func<string, int[]> encode)
    {
        var toward = Mean([.. Ends(place, change.Toward, encode)]);
        if (change.Away.Length > 0)
            System.Numerics.Tensors.TensorPrimitives.Subtract(toward, Mean([.. Ends(place, change.Away, encode)]), toward);
        return toward;
    }

    private IEnumerable<float[]> Ends(Component place, string texts, Func<string, int[]> encode) =>
        texts.Split('\n').Where(text => text.Length > 0).Select(text => Rows(place, new Prompts([encode(text)]))[^1]);

    private Tensor Aligned(Component place, int[] tokens)
    {
        var T = Tokens.Length;
        if (tokens.Length == 0)
            throw new ArgumentException("there is no second text to take anything from");
        if (place.Position < 0 && tokens.Length != T)
            throw new ArgumentException($"positions must align, but the text has {T} tokens and the second one {tokens.Length}; "
                + "choose one position, or texts of equal length");
        if (place.Position >= tokens.Length)
            throw new ArgumentException($"the second text has positions 0 to {tokens.Length - 1}, not {place.Position}");
        var rows = Rows(place, new Prompts([tokens]));
        return Tensor(position => rows[Math.Min(position, rows.Length - 1)]);
    }

    private Tensor Repeated(float[] row) => Tensor(_ => row);

    private Tensor Tensor(Func<int, float[]> row)
    {
        var tensor = _sources.Allocate(new Shape(Tokens.Length, row(0).Length), _gpt.Parameters.Type);
        _gpt.Backend.Write([.. Enumerable.Range(0, Tokens.Length).SelectMany(row)], tensor);
        return tensor;
    }
}
