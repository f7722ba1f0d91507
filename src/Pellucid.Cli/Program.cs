using System.CommandLine;
using Pellucid.Cli;

return await PellucidCommand.RunAsync(args);

namespace Pellucid.Cli
{
    /// <summary>The command: its verbs, and how whatever goes wrong is told.</summary>
    internal static class PellucidCommand
    {
        public const int Done = 0, Failed = 1, WrongWords = 2;

        public static async Task<int> RunAsync(string[] args)
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
                TokenizerCommand.Create(),
                EvaluateCommand.Create(),
                Look.LookCommand.Create(),
                ModelCommand.Create(),
                Words.WordsCommand.Create(),
                Bench.BenchCommand.Create(),
                ServeCommand.Create(),
                ExploreCommand.Create(),
                DoctorCommand.Create(),
                CommonOptions.Json,
                CommonOptions.Threads,
                CommonOptions.Device,
                CommonOptions.Verbose,
            };
            var words = root.Parse(args);
            if (words.Errors.Count > 0 && words.Action is not { ClearsParseErrors: true })
                return Tell(Complaint(words), WrongWords);
            try
            {
                return await words.InvokeAsync(new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = TimeSpan.FromMinutes(5)
                });
            }
            catch (Exception error) when (!words.GetValue(CommonOptions.Verbose))
            {
                return Tell(Line(error), error is ArgumentException ? WrongWords : Failed);
            }
        }

        // A misspelt word is more telling than what is missing because of it.
        private static string Complaint(ParseResult words)
        {
            var messages = words.Errors.Select(error => error.Message).ToArray();
            var telling = messages.FirstOrDefault(message => !message.StartsWith("Required command", StringComparison.Ordinal));
            return $"{telling ?? "A verb is missing."} See pellucid --help";
        }

        private static string Line(Exception error) => error switch
        {
            OperationCanceledException => error.Message,
            OutOfMemoryException => "there is not enough memory for this",
            UnauthorizedAccessException or IOException or InvalidDataException or ArgumentException or Training.TrainingDivergedException
                or NotSupportedException => error.Message,
            _ => $"{error.Message} ({error.GetType().Name}; --verbose shows where)",
        };

        private static int Tell(string message, int code)
        {
            Console.Error.WriteLine($"pellucid: {message.ReplaceLineEndings(" ")}");
            return code;
        }
    }
}
