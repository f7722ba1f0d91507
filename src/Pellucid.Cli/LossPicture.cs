using Pellucid.Pictures;

namespace Pellucid.Cli;

/// <summary>The loss curve as picture files.</summary>
internal static class LossPicture
{
    /// <summary>Writes <c>loss.png</c> and <c>loss.svg</c>; nothing where no loss is a number.</summary>
    public static void Save(string folder, IReadOnlyList<(double X, double Y)> training, IReadOnlyList<(double X, double Y)> validation)
    {
        if (!training.Concat(validation).Any(point => double.IsFinite(point.Y)))
            return;
        List<Series> series = [new Series("training", training, Faint: true)];
        if (validation.Count > 0)
            series.Add(new Series("validation", validation));
        PictureFile.Save(Path.Combine(folder, "loss"), Curves.Draw("Loss", "step", "nats per token", series));
    }
}
