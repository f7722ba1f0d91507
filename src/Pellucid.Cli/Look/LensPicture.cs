using Pellucid.Looking;
using Pellucid.Pictures;

namespace Pellucid.Cli.Look;

/// <summary>What the lens reads of a prompt, as a picture: layers from bottom to top, positions from left to right.</summary>
internal static class LensPicture
{
    public static Picture Draw(Subject subject, int[] tokens, IReadOnlyList<LensReading> readings,
        string title = "What each layer would say, and its probability", Func<LensReading, string>? name = null)
    {
        var layers = readings.Where(reading => reading.Position == 0).Reverse().ToList(); // the last on top
        var at = readings.ToDictionary(reading => (reading.Activation, reading.Layer, reading.Position));
        LensReading Reading(int row, int column) => at[(layers[row].Activation, layers[row].Layer, column)];
        var values = new double[layers.Count, tokens.Length];
        for (var row = 0; row < layers.Count; row++)
        for (var column = 0; column < tokens.Length; column++)
            values[row, column] = Reading(row, column).Top[0].Probability;
        return HeatMap.Draw(title, [.. layers.Select(layer => name?.Invoke(layer) ?? layer.Name)],
            [.. tokens.Select(subject.Show)], values, (row, column) => subject.Show(Reading(row, column).Top[0].Token));
    }
}
