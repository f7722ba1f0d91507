using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>
/// Pass C of path patching: the residual stream when one sender is changed and every other head stays as it was. What
/// heads wrote is given, so nothing flows between positions: a sender's stream is a row, which begins in the sender's
/// layer, and all rows climb the layers side by side.
/// </summary>
internal sealed class HeldHeads : IDisposable
{
    private readonly Gpt _gpt;
    private readonly ActivationCache _unchanged, _source;
    private readonly IReadOnlyList<Sender> _senders;
    private readonly int[] _positions;
    private readonly bool _freezeFeedForward;
    private readonly ForwardPass _pass;
    private readonly Arena _kept;
    private readonly Arena[] _residuals;
    private readonly List<(int Sender, int Prompt, int Position)> _rows = [];
    private readonly Dictionary<(int Sender, int Prompt), int> _firstRows = [];

    public HeldHeads(Gpt gpt, ActivationCache unchanged, ActivationCache source, IReadOnlyList<Sender> senders,
        int[] positions, bool freezeFeedForward)
    {
        (_gpt, _unchanged, _source, _senders, _positions, _freezeFeedForward) = (gpt, unchanged, source, senders,
            positions, freezeFeedForward);
        for (var prompt = 0; prompt < positions.Length; prompt++)
            if (positions[prompt] >= 0)
                unchanged.Prompts.RowOf(prompt, positions[prompt]);
        _pass = new ForwardPass(gpt);
        _kept = new Arena(gpt.Backend);
        _residuals = [new Arena(gpt.Backend), new Arena(gpt.Backend)];
    }

    /// <summary>First position, number of positions, and row of a sender's stream in a prompt.</summary>
    public (int Position, int Count, int Row) Place(int sender, int prompt) => _positions[prompt] < 0
        ? (0, _unchanged.Prompts[prompt].Length, _firstRows[(sender, prompt)]) : (_positions[prompt], 1, _firstRows[(sender, prompt)]);

    /// <summary>Queries, keys and values of layers, with a row for every stream that has begun below it.</summary>
    public Dictionary<(int Layer, Activation Part), Tensor> Inputs(IReadOnlyCollection<int> layers)
    {
        var inputs = new Dictionary<(int, Activation), Tensor>();
        Climb(layers.Max() + 1, (layer, taps) =>
        {
            if (!layers.Contains(layer))
                return null;
            taps.Read(Activation.Q, layer).Read(Activation.K, layer).Read(Activation.V, layer);
            return () =>
            {
                foreach (var part in (ReadOnlySpan<Activation>)[Activation.Q, Activation.K, Activation.V])
                    inputs[(layer, part)] = Keep(taps[part, layer]);
            };
        });
        return inputs;
    }

    /// <summary>Logit differences at the ends by sender and prompt; null where the changed position is not the end.</summary>
    public Func<int, int, double?> LogitDifferences(List<Question> questions)
    {
        var residual = Climb(_gpt.Config.Layers, (_, _) => null);
        var ends = Enumerable.Range(0, _rows.Count)
            .Where(row => _rows[row].Position == questions[_rows[row].Prompt].Tokens.Length - 1).ToArray();
        var results = new Dictionary<(int, int), double>();
        if (ends.Length > 0)
        {
            var run = _pass.NewRun();
            (run.FirstLayer, run.Residual, run.LogitRows) = (_gpt.Config.Layers, residual, ends);
            var values = Readout.LogitDifferences(_gpt, _gpt.Forward(RowsOf(_rows.Count), run),
                [.. ends.Select(row => questions[_rows[row].Prompt])], run);
            for (var i = 0; i < ends.Length; i++)
                results[(_rows[ends[i]].Sender, _rows[ends[i]].Prompt)] = values[i];
        }
        return (sender, prompt) => results.TryGetValue((sender, prompt), out var value) ? value : null;
    }

    // Runs layers one by one; before each, the streams of its senders begin.
    private Tensor Climb(int untilLayer, Func<int, Taps, Action?> watch)
    {
        Tensor residual = default;
        for (var layer = 0; layer < untilLayer; layer++)
        {
            var begun = _rows.Count;
            for (var s = 0; s < _senders.Count; s++)
                if (_senders[s].Layer == layer)
                    AddRows(s);
            if (_rows.Count == 0)
                continue;
            var arena = _residuals[layer % 2];
            arena.Reset();
            var next = arena.Allocate(new Shape(_rows.Count, _gpt.Config.Width), _gpt.Parameters.Type);
            if (begun > 0)
                _gpt.Backend.Copy(residual, next.RowRange(0, begun));
            Gather(_unchanged[Activation.ResidPre, layer], next, begun);

            var taps = new Taps();
            var run = _pass.NewRun(taps);
            (run.FirstLayer, run.LastLayer, run.Residual) = (layer, layer + 1, next);
            taps.Edit(new TapEdit(Activation.Z, layer, EditOperation.Replace, Given(Activation.Z, layer, begun, run)));
            if (_freezeFeedForward && _gpt.Config.FeedForwardWidth > 0)
                taps.Edit(new TapEdit(Activation.MlpOut, layer, EditOperation.Replace, Given(Activation.MlpOut, layer, begun, run)));
            else
                for (var row = begun; row < _rows.Count; row++)
                    if (_senders[_rows[row].Sender].Head < 0)
                        taps.Edit(new TapEdit(Activation.MlpOut, layer, EditOperation.Replace, _source[Activation.MlpOut, layer], 1, row,
                            1, SourceRow: CacheRow(row)));
            var after = watch(layer, taps);
            residual = _gpt.Forward(RowsOf(_rows.Count), run);
            after?.Invoke();
        }
        if (residual.IsEmpty)
            return residual;
        var end = _residuals[untilLayer % 2];
        end.Reset();
        var copy = end.Allocate(residual.Shape, residual.Type);
        _gpt.Backend.Copy(residual, copy);
        return copy;
    }

    private void AddRows(int sender)
    {
        for (var prompt = 0; prompt < _positions.Length; prompt++)
        {
            _firstRows[(sender, prompt)] = _rows.Count;
            var (position, count, _) = Place(sender, prompt);
            for (var i = 0; i < count; i++)
                _rows.Add((sender, prompt, position + i));
        }
    }

    private int CacheRow(int row) => _unchanged.Prompts.RowOf(_rows[row].Prompt, _rows[row].Position);

    private void Gather(Tensor cached, Tensor rows, int first)
    {
        for (var row = first; row < _rows.Count; row++)
            _gpt.Backend.Copy(cached.RowRange(CacheRow(row), 1), rows.RowRange(row, 1));
    }

    // What the layer wrote in the base run, and for streams that begin here what their sender writes in the source run.
    private Tensor Given(Activation activation, int layer, int begun, GptRun run)
    {
        var (unchanged, source) = (_unchanged[activation, layer], _source[activation, layer]);
        var given = run.Operations.Arena.Allocate(new Shape(_rows.Count, unchanged.Columns), unchanged.Type);
        Gather(unchanged, given, 0);
        for (var row = begun; row < _rows.Count; row++)
        {
            var sender = _senders[_rows[row].Sender];
            var (width, column) = sender.Head < 0 ? (given.Columns, 0) : (_gpt.Config.HeadWidth, sender.Head * _gpt.Config.HeadWidth);
            if (sender.Output == activation)
                _gpt.Backend.Edit(source, new EditRegion(row, 1, column, width, CacheRow(row), column), EditOperation.Replace, 1, given);
        }
        return given;
    }

    private Tensor Keep(TapReading reading)
    {
        var copy = _kept.Allocate(reading.Tensor.Shape.WithColumns(reading.Columns), reading.Tensor.Type);
        _gpt.Backend.Edit(reading.Tensor, new EditRegion(0, copy.Rows, 0, copy.Columns, 0, reading.FirstColumn),
            EditOperation.Replace, 1, copy);
        return copy;
    }

    private TokenRows RowsOf(int count)
    {
        _pass.Rows.Clear();
        for (var row = 0; row < count; row++)
            _pass.Rows.Add([0]);
        return _pass.Rows;
    }

    public void Dispose()
    {
        foreach (var arena in _residuals)
            arena.Dispose();
        _kept.Dispose();
        _pass.Dispose();
    }
}
