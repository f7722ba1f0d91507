using System.Globalization;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>The lens grid: layer by position.</summary>
public sealed partial class LayersPanel : Panel
{
    private const int Window = 32, TopShown = 10;

    private Seen? _seen;
    private LensReading? _chosen;
    private int _first = -1;
    private (string Text, string Source, string Changes, bool Midway, int First) _of;

    private sealed record Seen(int[] Tokens, int[] Positions, IReadOnlyList<(Activation Activation, int Layer)> Places,
        IReadOnlyList<LensReading> Readings, double[,] Norms)
    {
        public int Count => Tokens.Length;

        public Dictionary<(Activation, int, int), LensReading> At { get; } =
            Readings.ToDictionary(reading => (reading.Activation, reading.Layer, reading.Position));
    }

    protected override async Task LoadAsync()
    {
        var of = (State.Text, State.Source, Changes: string.Join(' ', State.Changes), State.Midway,
            First: State.Text == _of.Text ? _first : -1);
        if (_seen is not null && of == _of)
        {
            _chosen = Chosen(_seen); // another cell, or other colours
            return;
        }
        var (midway, wanted, position) = (of.Midway, of.First, State.Position);
        var (seen, first) = await Session.AskAsync("layers", runs =>
        {
            var count = runs.After.Tokens.Length;
            var first = wanted >= 0 ? Math.Min(wanted, count - 1) : position < 0 ? Math.Max(0, count - Window)
                : Math.Clamp(position - Window / 2, 0, Math.Max(0, count - Window));
            var readings = runs.After.Lens(TopShown, midway, first, Window);
            var places = readings.Where(reading => reading.Position == first)
                .Select(reading => (reading.Activation, reading.Layer)).Reverse().ToList();
            return (new Seen(runs.After.Tokens, [.. Enumerable.Range(first, Math.Min(Window, count - first))], places, readings,
                runs.After.ResidualNorms()), first);
        });
        (_seen, _first, _of) = (seen, first, of with { First = first });
        _chosen = Chosen(seen);
    }

    // What the address says, if it is seen.
    private LensReading Chosen(Seen seen)
    {
        var position = Math.Clamp(PositionIn(seen.Count), seen.Positions[0], seen.Positions[^1]);
        var place = seen.Places.Where(place => Notation(place.Activation, place.Layer) == State.Place)
            .DefaultIfEmpty((Activation.ResidPost, Session.Config.Layers - 1)).First();
        return seen.At[(place.Item1, place.Item2, position)];
    }

    private void Choose(LensReading reading) => Set(State with
    {
        Place = Notation(reading.Activation, reading.Layer),
        Position = reading.Position == _seen!.Count - 1 ? -1 : reading.Position,
        Key = -1
    });

    private static string Notation(Activation activation, int layer) => $"{activation.Name()}.{layer}";

    private Task PageAsync(int pages)
    {
        _first = Math.Clamp(_first + pages * Window, 0, _seen!.Count - 1);
        return TryAsync(LoadAsync);
    }

    private string Name((Activation Activation, int Layer) place) => place.Activation == Activation.ResidPre ? T["layers.embedding"]
        : place.Activation == Activation.ResidMid ? T["layers.mid-block", place.Layer]
        : T["layers.after-block", place.Layer];

    private double Strength(LensReading reading) => State.Colour switch
    {
        LensColour.Probability => reading.Top[0].Probability,
        LensColour.Target => reading.TargetProbability,
        LensColour.Rank => 1 / (1.0 + reading.TargetRank),
        _ => reading.Entropy / Math.Log(Session.Config.VocabularySize),
    };

    private string Share(LensReading reading) => Strength(reading).ToString("0.###", CultureInfo.InvariantCulture);

    private string Figure(LensReading reading) => State.Colour switch
    {
        LensColour.Probability => Percent(reading.Top[0].Probability),
        LensColour.Target => Percent(reading.TargetProbability),
        LensColour.Rank => $"{reading.TargetRank}",
        _ => Number(reading.Entropy),
    };

    private string Tip(LensReading reading) => $"{Name((reading.Activation, reading.Layer))}, {reading.Position} "
        + $"{Show(_seen!.Tokens[reading.Position])} → {Show(reading.Top[0].Token)} {Percent(reading.Top[0].Probability)}; "
        + T["layers.rank-entropy", Show(reading.Target), Percent(reading.TargetProbability), reading.TargetRank, Number(reading.Entropy)];

    private static List<LensReading> Column(Seen seen, LensReading chosen) =>
        [.. seen.Readings.Where(reading => reading.Position == chosen.Position)];

    private Picture History(Seen seen, LensReading chosen)
    {
        var column = Column(seen, chosen);
        return Curves.Draw(T["layers.probability-of-and-of-what", Show(chosen.Target)],
            T["layers.place-from-the-embedding-up"], T["layers.probability"],
        [
            new Series(T["layers.final-token"], [.. column.Select((reading, i) => ((double)i, reading.TargetProbability))]),
            new Series(T["layers.first-of-its-place"], [.. column.Select((reading, i) => ((double)i, reading.Top[0].Probability))]),
        ]);
    }

    private Picture Norms(Seen seen, LensReading chosen) => Curves.Draw(T["layers.length-of-the-residual-stream"],
        T["layers.layers-passed"], T["layers.length"],
        [new Series(Show(seen.Tokens[chosen.Position]),
            [.. Enumerable.Range(0, seen.Norms.GetLength(0)).Select(place => ((double)place, seen.Norms[place, chosen.Position]))])]);

    private Picture Draw(Seen seen)
    {
        var values = new double[seen.Places.Count, seen.Positions.Length];
        LensReading Reading(int row, int column) => seen.At[(seen.Places[row].Activation, seen.Places[row].Layer, seen.Positions[column])];
        for (var row = 0; row < seen.Places.Count; row++)
        for (var column = 0; column < seen.Positions.Length; column++)
            values[row, column] = Strength(Reading(row, column));
        return HeatMap.Draw(T["layers.what-each-layer-would-say"], [.. seen.Places.Select(Name)],
            [.. seen.Positions.Select(position => Show(seen.Tokens[position]))], values,
            (row, column) => Show(Reading(row, column).Top[0].Token));
    }

    private string Json(IReadOnlyList<LensReading> readings) => JsonText.Object(json =>
    {
        State.Experiment.WriteFields(json);
        json.WriteStartArray("readings");
        foreach (var reading in readings)
            reading.Write(json, Session.Tokenizer);
        json.WriteEndArray();
    });

    private string NormsJson(Seen seen) => JsonText.Object(json =>
    {
        State.Experiment.WriteFields(json);
        json.WriteStartArray("residual_norms");
        for (var place = 0; place < seen.Norms.GetLength(0); place++)
        {
            json.WriteStartArray();
            for (var position = 0; position < seen.Count; position++)
                json.WriteNumberValue(seen.Norms[place, position]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    });
}
