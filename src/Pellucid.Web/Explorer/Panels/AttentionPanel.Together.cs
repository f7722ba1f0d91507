using System.Globalization;
using System.Numerics.Tensors;
using Pellucid.Looking;
using Pellucid.Pictures;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>Several heads together, and one head of every layer.</summary>
public sealed partial class AttentionPanel
{
    private const int AcrossShown = 40;

    private float[][] _across = [];
    private ((string, string) Of, int Head) _acrossOf;
    private bool _wantsAcross;

    private bool IsTogether => State.Heads.Length > 0;

    // What the address names, as far as the model has it.
    private IReadOnlyList<(int Layer, int Head)> Together(ExplorerState state) =>
        [.. state.Heads.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => name.Split('.')).Where(parts => parts.Length == 2)
            .Select(parts => (Whole(parts[0]), Whole(parts[1])))
            .Where(head => head.Item1 >= 0 && head.Item1 < Session.Config.Layers && head.Item2 >= 0 && head.Item2 < Session.Config.Heads)
            .Distinct().Order()];

    private static int Whole(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static float[] Combined(ExperimentRun run, IReadOnlyList<(int Layer, int Head)> heads, bool isSum)
    {
        var (T, sum) = (run.Tokens.Length, new float[run.Tokens.Length * run.Tokens.Length]);
        foreach (var layer in heads.GroupBy(head => head.Layer))
        {
            var patterns = run.Patterns(layer.Key);
            foreach (var (_, head) in layer)
                TensorPrimitives.Add(sum, patterns.AsSpan(head * T * T, T * T), sum);
        }
        if (!isSum)
            TensorPrimitives.Divide(sum, heads.Count, sum);
        return sum;
    }

    private void SetTogether(IEnumerable<(int Layer, int Head)> heads) =>
        Set(State with { Heads = string.Join(' ', heads.Distinct().Order().Select(head => $"{head.Layer}.{head.Head}")) });

    private void Choose(int layer, int head)
    {
        if (!IsTogether)
            Set(State with { Layer = layer, Head = head });
        else if (Together(State).Contains((layer, head)))
            SetTogether(Together(State).Where(one => one != (layer, head)));
        else
            SetTogether([.. Together(State), (layer, head)]);
    }

    private bool IsChosen(Seen seen, int layer, int head) =>
        seen.Together.Count > 0 ? seen.Together.Contains((layer, head)) : layer == seen.Layer && head == seen.Head;

    private IEnumerable<(int Layer, int Head)> HeadsOf(int layer) =>
        Enumerable.Range(0, Session.Config.Heads).Select(head => (layer, head));

    private string Title(Seen seen) => seen.Together.Count == 0 ? T["attention.head", seen.Layer, seen.Head] + Group(seen.Layer, seen.Head)
        : T[State.Sum ? "attention.sum-of-heads" : "attention.mean-of-heads", seen.Together.Count];

    // Of a short text at once; of a long one every layer is computed again for it, so that it waits to be asked for.
    private async Task LoadAcrossAsync((string, string) of, int head)
    {
        if (_acrossOf.Of != of)
            (_across, _wantsAcross) = ([], false);
        if (_acrossOf != (of, head) || _across.Length == 0)
            _across = await Session.AskAsync("across", runs =>
            {
                if (!runs.After.KeepsPatterns && !_wantsAcross)
                    return [];
                var T = runs.After.Tokens.Length;
                return Enumerable.Range(0, Session.Config.Layers)
                    .Select(layer => runs.After.Patterns(layer).AsSpan(head * T * T, T * T).ToArray()).ToArray();
            });
        _acrossOf = (of, head);
    }

    // While another text is read, what is there is still of the one before.
    private bool HasAcross(Seen seen) => _across.Length > 0 && _across[0].Length == seen.Tokens.Length * seen.Tokens.Length;

    private Task AskAcrossAsync()
    {
        _wantsAcross = true;
        return TryAsync(LoadAsync);
    }

    // A row for every layer, the last one above, as in the lens.
    private Picture DrawAcross(Seen seen)
    {
        var (T, L) = (seen.Tokens.Length, _across.Length);
        var first = Math.Max(0, seen.Query - AcrossShown + 1);
        var values = new double[L, seen.Query + 1 - first];
        for (var layer = 0; layer < L; layer++)
        for (var key = first; key <= seen.Query; key++)
            values[L - 1 - layer, key - first] = _across[layer][seen.Query * T + key];
        return HeatMap.Draw(this.T["attention.across-title", seen.Head, seen.Query, Show(seen.Tokens[seen.Query])],
            [.. Enumerable.Range(0, L).Reverse().Select(layer => $"{layer}.{seen.Head}")],
            [.. seen.Tokens[first..(seen.Query + 1)].Select(Show)], values);
    }

    private string AcrossJson(Seen seen) => JsonText.Object(json =>
    {
        State.Experiment.WriteFields(json);
        json.WriteNumber("head", seen.Head);
        json.WriteNumber("query", seen.Query);
        json.WriteStartArray("layers");
        foreach (var pattern in _across)
        {
            json.WriteStartArray();
            for (var key = 0; key <= seen.Query; key++)
                json.WriteNumberValue(pattern[seen.Query * seen.Tokens.Length + key]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    });
}
