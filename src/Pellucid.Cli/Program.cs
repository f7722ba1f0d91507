using System.CommandLine;
using System.Globalization;
using Pellucid.Cli;
using Pellucid.Cli.Parsing;
using Pellucid.Cli.Terminal;
using Pellucid.Mpi;

return await PellucidCommand.RunAsync(args);

namespace Pellucid.Cli
{
    /// <summary>The command: its verbs, and how whatever goes wrong is told.</summary>
    internal static class PellucidCommand
    {
        public const int Done = 0, Failed = 1, WrongWords = 2;

        // The words of a command line are what they are: a file of options would be one more place where options could hide,
        // and a prompt may begin with the sign that names one.
        private static readonly ParserConfiguration Plain = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

        /// <summary>Reads words as the command does.</summary>
        public static ParseResult Parse(Command root, IReadOnlyList<string> words) => root.Parse(words, Plain);

        public static async Task<int> RunAsync(string[] args)
        {
            CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
            CultureInfo.CurrentUICulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
            // A launcher may give each rank a terminal that nobody looks at, whose signs would end up in what it passes on.
            if (Launcher.Current is not null)
                Environment.SetEnvironmentVariable("TERM", "dumb");
            var root = CreateRoot();
            try
            {
                args = Tune.ConfigWords.Read(root, args);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                return Refuse(error.Message);
            }
            args = SeedWords.Draw(args, Console.Error.WriteLine);
            var words = Parse(root, args);
            if (HelpCommand.IsMeant(words, args))
                words = Parse(root, [.. args, "--help"]);
            if (Complaint.About(words, args) is { } complaint)
                return Refuse(complaint);
            using var end = new AskedToEnd(words);
            try
            {
                return await words.InvokeAsync(new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = TimeSpan.FromMinutes(5)
                });
            }
            catch (Exception error) when (Ranks.IsTold(error))
            {
                return CodeOf(error);
            }
            catch (Exception error)
            {
                if (words.GetValue(CommonOptions.Verbose))
                    Console.Error.WriteLine(error);
                return Tell(Line(error, end), CodeOf(error));
            }
        }

        /// <summary>All verbs and the options that every verb has.</summary>
        public static Command CreateRoot()
        {
            // Not a RootCommand, which would call itself by the name of the assembly.
            var root = new Command("pellucid", "A language model you can see through: trains, runs and opens up GPT-style language models.")
            {
                Example.NewHelp(),
                new VersionOption(),
                Tour.TourCommand.Create(),
                TrainCommand.Create(),
                Tune.TuneCommand.Create(),
                GenerateCommand.Create(),
                ChatCommand.Create(),
                TokenizerCommand.Create(),
                EvaluateCommand.Create(),
                Look.LookCommand.Create(),
                ModelCommand.Create(),
                Words.WordsCommand.Create(),
                Scale.ScaleCommand.Create(),
                DrawCommand.Create(),
                Bench.BenchCommand.Create(),
                ServeCommand.Create(),
                ExploreCommand.Create(),
                DoctorCommand.Create(),
                CompletionCommand.Create(),
                HelpCommand.Create(RunAsync),
                CommonOptions.Json,
                CommonOptions.Threads,
                CommonOptions.Device,
                CommonOptions.Verbose,
            };
            root.Add(CompletionCommand.CreateAsked(root));
            NumberWords.ReadOptionsOf(root);
            return root;
        }

        /// <summary>The code that a process ends with after that.</summary>
        public static int CodeOf(Exception error) => error is ArgumentException ? WrongWords : Failed;

        /// <summary>What went wrong, in a line; of work that was given up, who asked for it.</summary>
        public static string Line(Exception error, AskedToEnd? end = null) => error switch
        {
            OperationCanceledException given when (end is null ? given.Message : end.Said(given)) is { } said => said,
            OutOfMemoryException => "there is not enough memory for this",
            UnauthorizedAccessException or IOException or InvalidDataException or ArgumentException or Training.TrainingDivergedException
                or NotSupportedException => error.Message,
            _ => $"{error.Message} ({error.GetType().Name}; --verbose shows where)",
        };

        // Of words that are wrong the first rank speaks for all, who have the same.
        private static int Refuse(string complaint) => Launcher.Current is { Rank: > 0 } ? WrongWords : Tell(complaint, WrongWords);

        /// <summary>Says what went wrong, and gives the code.</summary>
        public static int Tell(string message, int code)
        {
            Console.Error.WriteLine(LineWidth.Wrap($"pellucid: {message.ReplaceLineEndings(" ")}", LineWidth.OfErrors()));
            return code;
        }
    }
}
