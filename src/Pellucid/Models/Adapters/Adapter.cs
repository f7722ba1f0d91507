using Pellucid.Tensors;

namespace Pellucid.Models.Adapters;

/// <summary>
/// What is learned beside a model that stays as it is: low-rank parts of its linear layers and tables, whole copies of some of its
/// parameters, and perhaps a head. Like taps it is an argument of a run: the same model runs with it, with another one, or without.
/// </summary>
public sealed class Adapter : IDisposable
{
    private const string Prefix = "base_model.model.";
    private const uint FirstPurpose = 1 << 16; // of dropout, above those of the model

    private readonly Gpt _gpt;
    private readonly List<ParameterShape> _shapes = [];
    private readonly Dictionary<(ParameterRole, int, int), int> _copies = [];
    private readonly Dictionary<int, List<LowRank>> _added = [];

    /// <summary>Room for an adapter of that model; <see cref="Initialize"/> it, or read one.</summary>
    /// <exception cref="ArgumentException">The configuration fits no such model; the message names the module.</exception>
    public Adapter(Gpt gpt, AdapterConfig config) : this(gpt, config, copiesAll: false)
    {
    }

    private Adapter(Gpt gpt, AdapterConfig config, bool copiesAll)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        (_gpt, Config, CopiesAll) = (gpt, config, copiesAll);
        Layers = copiesAll ? [] : [.. AdapterTargets.Of(gpt, config).Select(Reserve)];
        var copied = copiesAll ? AdapterTargets.All(gpt, config.HasHead) : AdapterTargets.Copied(gpt, config, Layers);
        Tables = copiesAll ? [] : [.. AdapterTargets.Tables(gpt, config).Select(Reserve)];
        Tokens = copiesAll ? [] : [.. TrainedTokens.Of(gpt, config).Select(each => new TrainedTokens(each.Module, each.Role, each.Ids,
            Add(Prefix + each.Module + TrainedTokens.NameEnd, new Shape(each.Ids.Length, gpt.Config.Width))))];
        foreach (var index in copied)
            _copies.Add(gpt.Layout[index].Place, Add(CopyName(gpt, index), gpt.Layout[index].Shape));
        if (config.HasHead || config.HasValueHead)
            HeadIndex = Add(HeadName, new Shape(1, gpt.Config.Width));
        Parameters = new ParameterSet(gpt.Backend, _shapes, gpt.Parameters.Type);
        foreach (var table in Tables)
            if (table.Own is { } own)
                Parameters.Write(own, ReadOriginal(table.Original(gpt)));
        foreach (var layer in Layers)
            AddedTo(layer.Module.Weight).Add(layer.On(Parameters, config.Dropout, FirstPurpose + (uint)layer.A));
        Blocks = [.. Enumerable.Range(0, gpt.Config.Layers).Select(NewBlock)];
    }

    /// <summary>What the file calls the head of a reward model.</summary>
    internal const string HeadName = Prefix + "score.weight";

    /// <summary>Whole copies of all parameters: what is trained where a model is tuned without low rank.</summary>
    internal static Adapter Whole(Gpt gpt, bool hasHead = false, bool hasValueHead = false) =>
        new(gpt, new AdapterConfig { HasHead = hasHead, HasValueHead = hasValueHead }, copiesAll: true);

    /// <summary>What it adapts and how.</summary>
    public AdapterConfig Config { get; }

    /// <summary>What is trained, under the names of PEFT's files.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>Numbers that are trained.</summary>
    public long TrainedCount => Enumerable.Range(0, Parameters.Count).Where(Parameters.Trains).Sum(index => _shapes[index].Shape.Count);

    /// <summary>Whether it is the whole model.</summary>
    internal bool CopiesAll { get; }

    /// <summary>The low-rank parts.</summary>
    internal IReadOnlyList<AdaptedLayer> Layers { get; }

    /// <summary>The low-rank parts of tables.</summary>
    internal IReadOnlyList<AdaptedTable> Tables { get; }

    /// <summary>Rows of tables that are trained alone.</summary>
    internal IReadOnlyList<TrainedTokens> Tokens { get; }

    /// <summary>The model's blocks as a run with this adapter sees them.</summary>
    internal IReadOnlyList<GptBlock> Blocks { get; }

    /// <summary>Index of the head, or null.</summary>
    internal int? HeadIndex { get; }

    /// <summary>The head (1, C), which gives a row a number; empty where there is none.</summary>
    internal Tensor Head => HeadIndex is { } index ? Parameters[index] : default;

    /// <summary>The copy of a parameter, or an empty tensor.</summary>
    internal Tensor Copy(ParameterRole role, int layer = -1, int expert = -1) =>
        _copies.TryGetValue((role, layer, expert), out var index) ? Parameters[index] : default;

    /// <summary>
    /// A table as a run with this adapter reads it: with what is added where anything is. With a tape it is computed anew, so that
    /// gradients flow to what is added; the numbers are the same.
    /// </summary>
    /// <exception cref="NotSupportedException">The output's part is learned with dropout, which would be of each row apart.</exception>
    internal Tensor Table(ParameterRole role, Tensor own, Operations operations)
    {
        if (Tables.FirstOrDefault(table => table.Role == role) is not { } found)
            return own;
        if (operations.Tape is null)
            return Parameters[found.Whole];
        return found.IsEmbedding || Config.Dropout == 0 ? operations.Tape.OfParameters(() => found.Of(own, Parameters, operations))
            : throw new NotSupportedException($"{found.Name} cannot be learned with 'lora_dropout' {Config.Dropout}, only with 0");
    }

    /// <summary>x (R, C), vectors of tokens from that table, with what is added to those of tokens whose rows are trained.</summary>
    internal Tensor WithTokens(Tensor x, TokenRows rows, Tensor table, Operations operations) =>
        Tokens.FirstOrDefault(tokens => tokens.Role == ParameterRole.TokenTable) is { } trained
            ? trained.AddTo(x, rows, table, Parameters, operations) : x;

    /// <summary>What is added to logits of x in the columns of tokens whose rows are trained, (R, n); nothing where none are.</summary>
    internal ColumnsAdded LogitsOfTokens(Tensor x, Tensor table, Operations operations) =>
        Tokens.FirstOrDefault(tokens => tokens.IsOf(ParameterRole.OutputTable, _gpt.Config.TiedOutput)) is not { } trained ? default
            : new(operations.Linear(x, trained.Difference(table, Parameters, operations), transposed: true), trained.Ids);

    /// <summary>
    /// Whether gradients of several items that are computed at once can be kept apart, each by its own rows: not where rows were sorted
    /// before they meet what is learned, as those of experts are, nor of what attention sums over rows itself.
    /// </summary>
    internal bool KeepsItemsApart => !_copies.Keys.Any(place => place.Item3 >= 0 || place.Item1 == ParameterRole.AttentionSinks);

    /// <summary>Bytes that the gradient of an item takes, which is there beside those of others.</summary>
    internal long BytesOfItem => Parameters.TrainedElements * sizeof(float)
        + Tables.Sum(table => 2 * sizeof(float) * ShapeOf(table.Whole).Count);

    /// <summary>Indices in the model's layout of what has a copy, and of the copy.</summary>
    internal IEnumerable<(int Original, int Copy)> Copies =>
        from index in Enumerable.Range(0, _gpt.Layout.Count)
        where _copies.ContainsKey(_gpt.Layout[index].Place)
        select (index, _copies[_gpt.Layout[index].Place]);

    /// <summary>Whether weight decay applies to a parameter: matrices yes, biases and magnitudes no.</summary>
    internal bool Decays(int index) => _shapes[index].Shape.Rank > 1;

    /// <summary>Shape of a parameter.</summary>
    internal Shape ShapeOf(int index) => _shapes[index].Shape;

    /// <summary>
    /// A of each part uniform within ±1/√in, B zero, magnitudes as they are, copies equal to the originals, the head normal with
    /// deviation 1/√(C + 1), one that expects rewards zero: so a run with the adapter has the bits of one without.
    /// </summary>
    public void Initialize(ulong seed)
    {
        foreach (var (original, copy) in Copies)
            Parameters.Write(copy, ReadOriginal(original));
        foreach (var layer in Layers)
        {
            Draw(layer.A, i => (2 * CounterRandom.Uniform(seed, (uint)layer.A, 0, i) - 1) / Math.Sqrt(ShapeOf(layer.A).Columns));
            Parameters.Write(layer.B, new float[ShapeOf(layer.B).Count]);
            if (layer.Bias is { } bias)
                Parameters.Write(bias, new float[ShapeOf(bias).Count]);
        }
        foreach (var table in Tables) // as PEFT: of an embedding B is drawn, and A zero
        {
            Draw(table.Up, i => table.IsEmbedding ? CounterRandom.Normal(seed, (uint)table.Up, 0, i)
                : (2 * CounterRandom.Uniform(seed, (uint)table.Up, 0, i) - 1) / Math.Sqrt(ShapeOf(table.Up).Columns));
            Draw(table.Down, _ => 0);
        }
        foreach (var tokens in Tokens)
        {
            var (table, width) = (ReadOriginal(_gpt.IndexOf(tokens.Role)), _gpt.Config.Width);
            Parameters.Write(tokens.Rows, [.. tokens.Ids.SelectMany(id => table[(id * width)..((id + 1) * width)])]);
        }
        if (HeadIndex is { } head)
            Parameters.Write(head, [.. Enumerable.Range(0, _gpt.Config.Width).Select(i =>
                Config.HasValueHead ? 0 : CounterRandom.Normal(seed, (uint)head, 0, (ulong)i) / MathF.Sqrt(_gpt.Config.Width + 1))]);
        Refresh();
        foreach (var layer in Layers.Where(layer => layer.Magnitude is not null))
            Parameters.Write(layer.Magnitude!.Value, Read(layer.Norm!.Value));
    }

    /// <summary>Computes what follows from parameters and is not trained: to be called when they have changed.</summary>
    internal void Refresh()
    {
        foreach (var layer in Layers.Where(layer => layer.Norm is not null))
        {
            var (weight, width) = (ReadOriginal(layer.Module.Weight), _gpt.Layout[layer.Module.Weight].Shape.Columns);
            layer.AddTo(weight, width, Read(layer.A), Read(layer.B));
            Parameters.Write(layer.Norm!.Value, layer.Lengths(weight, width));
        }
        foreach (var table in Tables)
        {
            using var arena = new Arena(_gpt.Backend);
            var sum = table.Of(_gpt.Parameters[table.Original(_gpt)], Parameters, new Operations(_gpt.Backend, arena));
            _gpt.Backend.Copy(sum, Parameters[table.Whole]);
        }
    }

    /// <summary>Values of one of its parameters.</summary>
    internal float[] Read(int index)
    {
        var values = new float[ShapeOf(index).Count];
        Parameters.Read(index, values);
        return values;
    }

    /// <summary>Gives the memory back; the model stays.</summary>
    public void Dispose() => Parameters.Dispose();

    private static string CopyName(Gpt gpt, int index) =>
        Prefix + gpt.Config.Family.WrittenName(gpt.Layout[index], gpt.Config.Family.StoredName(gpt.Layout[index]));

    private AdaptedLayer Reserve(AdaptedModule module)
    {
        var (name, rank) = (Prefix + module.Name, Config.RankOf(module.Name));
        return new AdaptedLayer(module, rank, Config.ScaleOf(module.Name),
            Add(name + ".lora_A.weight", new Shape(rank, _gpt.Layout[module.Weight].Shape[0])),
            Add(name + ".lora_B.weight", new Shape(module.Columns, rank)))
        {
            Bias = Config.HasBias ? Add(name + ".lora_B.bias", new Shape(module.Columns)) : null,
            Magnitude = Config.Dora ? Add(name + ".lora_magnitude_vector", new Shape(module.Columns)) : null,
            Norm = Config.Dora ? Add(name + ".norm", new Shape(module.Columns), trains: false) : null,
        };
    }

    private AdaptedTable Reserve((string Name, ParameterRole Role) table)
    {
        var original = _gpt.Layout[_gpt.IndexOf(_gpt.Config.TiedOutput && table.Role == ParameterRole.OutputTable
            ? ParameterRole.TokenTable : table.Role)];
        var (name, rank, isOutput) = (Prefix + table.Name, Config.RankOf(table.Name), table.Role == ParameterRole.OutputTable);
        return new AdaptedTable(table.Name, table.Role, Config.ScaleOf(table.Name),
            Add(name + (isOutput ? ".lora_B.weight" : ".lora_embedding_A"), new Shape(original.Shape[0], rank)),
            Add(name + (isOutput ? ".lora_A.weight" : ".lora_embedding_B"), new Shape(rank, original.Shape[1])),
            Add(name + ".whole", original.Shape, trains: false),
            _gpt.Find(original.Role).Type == _gpt.Parameters.Type ? null : Add(name + ".own", original.Shape, trains: false));
    }

    private void Draw(int index, Func<ulong, double> value)
    {
        var values = new float[ShapeOf(index).Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)value((ulong)i);
        Parameters.Write(index, values);
    }

    private int Add(string name, Shape shape, bool trains = true)
    {
        _shapes.Add(new ParameterShape(name, shape) { Trains = trains });
        return _shapes.Count - 1;
    }

    private List<LowRank> AddedTo(int weight)
    {
        if (!_added.TryGetValue(weight, out var added))
            _added.Add(weight, added = []);
        return added;
    }

    private GptBlock NewBlock(int layer) => new(_gpt.Config.Block(layer),
        (role, expert) => Copy(role, layer, expert) is { IsEmpty: false } copy ? copy : _gpt.Find(role, layer, expert),
        role => Enumerable.Range(0, _gpt.Layout.Count)
            .Where(index => _gpt.Layout[index] is { Expert: < 0 } parameter && parameter.Role == role && parameter.Layer == layer)
            .SelectMany(index => _added.GetValueOrDefault(index) ?? []).ToArray());

    private float[] ReadOriginal(int index)
    {
        var values = new float[_gpt.Layout[index].Shape.Count];
        _gpt.Parameters.Read(index, values);
        return values;
    }
}
