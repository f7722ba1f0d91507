using ScottPlot;

namespace Pellucid.Cli;

/// <summary>The loss curve as picture files.</summary>
internal static class LossPicture
{
    private const int Width = 900, Height = 500;

    /// <summary>Writes <c>loss.png</c> and <c>loss.svg</c>, each beside and then renamed.</summary>
    public static void Save(string folder, IReadOnlyList<(double X, double Y)> training, IReadOnlyList<(double X, double Y)> validation)
    {
        using var plot = new Plot();
        var curve = plot.Add.ScatterLine(Xs(training), Ys(training));
        curve.LegendText = "training";
        curve.LineColor = Colors.SteelBlue.WithAlpha(0.5);
        if (validation.Count > 0)
        {
            var points = plot.Add.Scatter(Xs(validation), Ys(validation));
            points.LegendText = "validation";
            points.Color = Colors.DarkOrange;
            points.LineWidth = 2;
        }
        plot.Title("Loss");
        plot.XLabel("step");
        plot.YLabel("nats per token");
        plot.ShowLegend(Alignment.UpperRight);
        PictureFile.Replace(Path.Combine(folder, "loss.png"), beside => plot.SavePng(beside, Width, Height));
        PictureFile.Replace(Path.Combine(folder, "loss.svg"), beside => plot.SaveSvg(beside, Width, Height));
    }

    private static double[] Xs(IReadOnlyList<(double X, double Y)> points) => [.. points.Select(point => point.X)];

    private static double[] Ys(IReadOnlyList<(double X, double Y)> points) => [.. points.Select(point => point.Y)];
}
