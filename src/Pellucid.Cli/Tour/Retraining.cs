using System.CommandLine;
using System.Globalization;
using Pellucid.Cli.Terminal;
using Pellucid.Models;

namespace Pellucid.Cli.Tour;

/// <summary>Trains the built-in model anew by its recipe, and watches what it can do on the way.</summary>
internal static class Retraining
{
    private const int ObserveEvery = 250;

    /// <summary>Runs the recipe into a folder, with what was observed beside the model.
    /// The weights are those of <c>train --recipe tiny</c>: watching changes nothing.</summary>
    public static History Run(ParseResult words, string folder, Output output, CancellationToken cancellation)
    {
        var threads = words.GetValue(CommonOptions.Threads).ToString(CultureInfo.InvariantCulture);
        var train = PellucidCommand.Parse(words.RootCommandResult.Command,
            ["train", "--recipe", BuiltInModel.Name, "--out", folder, "--threads", threads]);
        var (observations, loss, count) = (new List<Observation>(), 0.0, 0);
        Observer? observer = null;
        TrainCommand.Run(train, output, (gpt, tokenizer, report) =>
        {
            (loss, count) = (loss + (report.TrainLoss ?? report.ValidationLoss!.Value), count + 1);
            if (report.Step % ObserveEvery != 0)
                return;
            observer ??= new Observer(tokenizer);
            observations.Add(observer.Look(gpt, report.Step, loss / count));
            (loss, count) = (0, 0);
        }, cancellation);
        var history = new History("trained anew by pellucid tour --retrain", false, observations);
        history.Save(folder);
        return history;
    }
}
