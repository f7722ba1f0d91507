using System.Text.Json;
using Pellucid.Files;
using Pellucid.Pictures;
using Pellucid.Training;

namespace Pellucid.Cli.Tune;

/// <summary>The run in pictures, drawn from its log: its loss, and what else its method is judged by.</summary>
internal static class TunePictures
{
    private static readonly (string File, string Title, string Axis, (string Measure, string Name)[] Series)[] All =
    [
        ("loss", "Loss", "loss", [("loss", "learned"), ("eval", "evaluation")]),
        ("reward", "Reward", "of an answer", [("objective/scores", "score"), ("objective/rlhf_reward", "less the price of divergence")]),
        ("divergence", "Divergence and entropy", "nats an answer",
            [("objective/kl", "from the reference"), ("objective/entropy", "entropy")]),
        ("length", "Length", "tokens an answer", [("answer_length", "length")]),
        ("margin", "Margin", "better less worse", [("margin", "margin"), ("rewards_chosen", "preferred"), ("rewards_rejected", "other")]),
    ];

    /// <summary>Writes those that the log has numbers for, each as .png and .svg.</summary>
    public static void Save(string folder)
    {
        var points = new Dictionary<string, List<(double X, double Y)>>();
        foreach (var line in Lines.Of(Path.Combine(folder, RunLog.FileName)))
        {
            using var document = JsonDocument.Parse(line);
            var step = document.RootElement.GetProperty("step").GetInt32();
            foreach (var field in document.RootElement.EnumerateObject())
            {
                if (!points.TryGetValue(field.Name, out var found))
                    points.Add(field.Name, found = []);
                found.Add((step, field.Value.GetDouble()));
            }
        }
        foreach (var (file, title, axis, names) in All)
        {
            Series[] series = [.. names.Where(each => points.ContainsKey(each.Measure))
                .Select(each => new Series(each.Name, points[each.Measure], Faint: each.Measure == "loss"))];
            if (series.Length > 0)
                PictureFile.Save(Path.Combine(folder, file), Curves.Draw(title, "step", axis, series));
        }
    }
}
